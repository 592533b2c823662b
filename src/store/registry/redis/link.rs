//! Connections: to one server, or to all that have a part of a cluster.
//!
//! The client library reads and writes what passes between; where a command goes is decided here, because its own way
//! through a cluster answers an error of one command for all that were sent together.

use std::sync::Arc;

use redis::{Connection, RedisError, Value};

use super::address::{Address, Endpoint};
use super::ask::{Ask, line, read, words};
use super::reach;
use super::slots::{Map, SLOTS, slot};

/// How often a command is sent on before the servers are taken not to agree who has its key.
const WAYS: usize = 5;

/// Connections to all servers that are needed.
pub struct Link {
    address: Arc<Address>,
    nodes: Vec<Node>,
    /// Which of them has a slot; none where there is one.
    map: Option<Map>,
    /// Whether a slot was found to have moved.
    stale: bool,
}

struct Node {
    endpoint: Endpoint,
    connection: Connection,
}

/// A command that has been, or will be, sent.
#[derive(Clone, Copy)]
struct Sent {
    /// Which of those asked together.
    number: usize,
    node: usize,
    /// With the text of its script.
    whole: bool,
    /// To a server that is about to be given the slot.
    asking: bool,
}

impl Link {
    /// A link to one server.
    pub fn alone(address: Arc<Address>, endpoint: Endpoint, connection: Connection) -> Self {
        Self {
            address,
            nodes: vec![Node { endpoint, connection }],
            map: None,
            stale: false,
        }
    }

    /// A link to all masters of the cluster to which `connection` leads.
    ///
    /// # Errors
    /// What the servers say.
    pub fn cluster(
        address: Arc<Address>,
        endpoint: Endpoint,
        connection: Connection,
    ) -> Result<Self, String> {
        let mut link = Self {
            address,
            nodes: vec![Node { endpoint, connection }],
            map: Some(Map::empty()),
            stale: false,
        };
        link.learn()?;
        Ok(link)
    }

    /// The servers that have a part.
    pub fn masters(&mut self) -> impl Iterator<Item = (&Endpoint, &mut Connection)> {
        let owners = self.map.as_ref().map(Map::owners);
        let nodes = self.nodes.iter_mut().enumerate();
        nodes
            .filter(move |(number, _)| owners.as_ref().is_none_or(|owners| owners.contains(number)))
            .map(|(_, node)| (&node.endpoint, &mut node.connection))
    }

    /// A key for each server that has a part, made of a number: one that falls to it.
    pub fn key_of_each(&self, key: impl Fn(u16) -> String) -> Vec<String> {
        let Some(map) = &self.map else {
            return vec![key(0)];
        };
        let falls_to = |owner| {
            (0..SLOTS)
                .map(&key)
                .find(|key| map.owner(slot(key.as_bytes())) == Some(owner))
        };
        map.owners().into_iter().filter_map(falls_to).collect()
    }

    /// Asks each server for a sign of life.
    ///
    /// # Errors
    /// When one gives none.
    pub fn try_out(&mut self) -> Result<(), String> {
        for node in &mut self.nodes {
            let sent = node.connection.send_packed_command(b"*1\r\n$4\r\nPING\r\n");
            sent.map_err(|error| words(&error))?;
        }
        for node in 0..self.nodes.len() {
            self.receive(node)?;
        }
        Ok(())
    }

    /// Asks for all at once; answers in the same order.
    ///
    /// # Errors
    /// When any of it was refused, or nobody can tell. The connections must not be used again.
    pub fn ask(&mut self, asks: &[Ask]) -> Result<Vec<Value>, String> {
        let mut answers = vec![Value::Nil; asks.len()];
        let mut waiting = Vec::with_capacity(asks.len());
        for (number, ask) in asks.iter().enumerate() {
            waiting.push(Sent {
                number,
                node: self.owner(&ask.key)?,
                whole: false,
                asking: false,
            });
        }
        for _ in 0..WAYS {
            if waiting.is_empty() {
                if self.stale {
                    // Everything is done by now: whoever cannot learn the way yet asks for it again next time.
                    let _ = self.learn();
                }
                return Ok(answers);
            }
            let answered = self.exchange(asks, &waiting)?;
            let mut again = Vec::new();
            for (sent, answer) in waiting.into_iter().zip(answered) {
                match answer {
                    Value::ServerError(error) => {
                        again.push(self.again(sent, &asks[sent.number], &error.into())?);
                    }
                    value => answers[sent.number] = value,
                }
            }
            waiting = again;
        }
        Err("the servers of the cluster do not agree who has a key".into())
    }

    fn owner(&self, key: &[u8]) -> Result<usize, String> {
        let Some(map) = &self.map else {
            return Ok(0);
        };
        let owner = map.owner(slot(key));
        owner.ok_or_else(|| "no server of the cluster has a part of the keys".to_owned())
    }

    /// Sends commands, and receives one answer to each.
    fn exchange(&mut self, asks: &[Ask], waiting: &[Sent]) -> Result<Vec<Value>, String> {
        let mut buffers = vec![Vec::new(); self.nodes.len()];
        if self.map.is_none() {
            // A server that was the master when the connection was made answers readers after it is no more.
            buffers[0].extend_from_slice(b"*1\r\n$4\r\nROLE\r\n");
        }
        for sent in waiting {
            let buffer = &mut buffers[sent.node];
            if sent.asking {
                buffer.extend_from_slice(b"*1\r\n$6\r\nASKING\r\n");
            }
            if sent.whole {
                asks[sent.number].write_whole(buffer);
            } else {
                asks[sent.number].write(buffer);
            }
        }
        for (node, buffer) in self.nodes.iter_mut().zip(&buffers) {
            if !buffer.is_empty() {
                let said = node.connection.send_packed_command(buffer);
                said.map_err(|error| words(&error))?;
            }
        }
        if self.map.is_none() {
            reach::is_master(self.receive(0)?)?;
        }
        let mut answers = Vec::with_capacity(waiting.len());
        for sent in waiting {
            if sent.asking {
                self.receive(sent.node)?;
            }
            answers.push(self.receive(sent.node)?);
        }
        Ok(answers)
    }

    fn receive(&mut self, node: usize) -> Result<Value, String> {
        let answer = self.nodes[node].connection.recv_response();
        answer.map_err(|error| words(&error))
    }

    /// How a command is sent again after a server has said why it did nothing.
    fn again(&mut self, sent: Sent, ask: &Ask, error: &RedisError) -> Result<Sent, String> {
        let elsewhere = |error: &RedisError, node: &Node| {
            let (to, _) = error.redirect_node()?;
            let (host, port) = to.rsplit_once(':')?;
            let host = host.trim_matches(['[', ']']);
            Some(Endpoint {
                // The same host, where it is not known by a name.
                host: if host.is_empty() {
                    &node.endpoint.host
                } else {
                    host
                }
                .to_owned(),
                port: port.parse().ok()?,
            })
        };
        let to = elsewhere(error, &self.nodes[sent.node]);
        match (error.code(), to, &mut self.map) {
            (Some("NOSCRIPT"), _, _) if ask.has_text() && !sent.whole => Ok(Sent { whole: true, ..sent }),
            (Some("MOVED"), Some(to), Some(_)) => {
                let node = self.node(to)?;
                let slot = slot(&ask.key);
                if let Some(map) = &mut self.map {
                    map.assign(slot, slot, node);
                }
                self.stale = true;
                Ok(Sent {
                    node,
                    asking: false,
                    ..sent
                })
            }
            (Some("ASK"), Some(to), Some(_)) => Ok(Sent {
                node: self.node(to)?,
                asking: true,
                ..sent
            }),
            _ => Err(words(error)),
        }
    }

    /// The place of a server, to which a connection is made if there is none.
    fn node(&mut self, endpoint: Endpoint) -> Result<usize, String> {
        if let Some(place) = self.nodes.iter().position(|node| node.endpoint == endpoint) {
            return Ok(place);
        }
        let connection = reach::knock(&self.address, &endpoint, &self.address.login, 0)?;
        self.nodes.push(Node { endpoint, connection });
        Ok(self.nodes.len() - 1)
    }

    /// Learns from the first server which one has which slots.
    fn learn(&mut self) -> Result<(), String> {
        let node = &mut self.nodes[0];
        let told = redis::cmd("CLUSTER")
            .arg("SLOTS")
            .query::<Value>(&mut node.connection);
        let asked = node.endpoint.host.clone();
        let ranges: Vec<Vec<Value>> = read(told.map_err(|error| words(&error))?)?;
        let mut map = Map::empty();
        for range in ranges {
            let mut range = range.into_iter();
            let mut next = || range.next().unwrap_or_default();
            let (first, last): (u16, u16) = (read(next())?, read(next())?);
            let mut master = read::<Vec<Value>>(next())?.into_iter();
            let mut next = || master.next().unwrap_or_default();
            let (host, port): (Option<String>, u16) = (read(next())?, read(next())?);
            let host = host.filter(|host| !host.is_empty()).unwrap_or(asked.clone());
            let node = self.node(Endpoint { host, port })?;
            map.assign(first, last, node);
        }
        match map.missing() {
            0 => {
                self.map = Some(map);
                self.stale = false;
                Ok(())
            }
            missing => Err(line(&format!(
                "no server of the cluster has {missing} of the {SLOTS} slots"
            ))),
        }
    }
}
