<?php
// An application with phpCAS: CAS 3.0 with attributes, and single logout.

require_once 'CAS.php';

$service = 'http://127.0.0.1:{{PORT}}';

phpCAS::client(CAS_VERSION_3_0, 'localhost', {{CAS_PORT}}, '/cas', $service);
phpCAS::setCasServerCACert('{{CA}}');

// Ends the session that a logout message names; messages from elsewhere than the CAS server are refused.
phpCAS::handleLogoutRequests(true, ['127.0.0.1']);

try {
    phpCAS::forceAuthentication();
} catch (CAS_AuthenticationException) {
    http_response_code(403);
    exit('the ticket was refused');
}

header('Content-Type: text/plain; charset=utf-8');
echo 'user=' . phpCAS::getUser() . "\n";
foreach (phpCAS::getAttributes() as $name => $values) {
    foreach ((array) $values as $value) {
        echo "$name=$value\n";
    }
}
