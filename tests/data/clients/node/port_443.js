// cas-authentication asks at port 443 whatever it is told, and a test cannot listen there: 443 leads to the port of
// the test's server.
const https = require('node:https');

const { request } = https;
https.request = (options, ...rest) =>
  request(options.port === 443 ? { ...options, port: process.env.PORT_443 } : options, ...rest);
