//! What is done in one piece, on keys of one slot: the scripts that the server runs.
//!
//! A **reign** is the time in which one server, without a restart, is the master of its data: its replication identifier
//! (`master_replid`). A server that takes over, or starts again from a file, has another one. It may lack the last that was
//! done before, so it does not take tickets of a former reign: whether they were spent, nobody can tell.

use sha1::{Digest as _, Sha1};
use std::sync::LazyLock;

/// A script.
pub struct Script {
    /// Its text.
    pub source: LazyLock<String>,
    /// The name that the server knows it by once it has run.
    pub hash: LazyLock<String>,
}

/// Declares scripts; a text in brackets before the script is put in front of it.
macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident: $($part:expr),+;)+) => {
        $($(#[$doc])*
        pub static $name: Script = Script {
            source: LazyLock::new(|| [$($part),+].concat()),
            hash: LazyLock::new(|| hex::encode(Sha1::digest($name.source.as_bytes()))),
        };)+
    };
}

/// The first 16 of the 40 digits that name the reign.
const REIGN: &str = "
local info = redis.call('INFO', 'replication')
local reign = string.sub(string.match(info, 'master_replid:(%x+)'), 1, 16)
";

/// Gives up on a session that is not open: not there, or ended.
const OPEN: &str = "
local found = redis.call('HMGET', KEYS[1], 'd', 'u', 'e')
if not found[1] or found[3] then return false end
";

/// Gives up on a ticket that is not there.
const THERE: &str = "
local ticket = redis.call('HGET', KEYS[1], ARGV[1])
if not ticket then return false end
";

scripts! {
    /// Adds a session. `s`; data, used at, cookie, lifetime.
    OPEN_SESSION: "
redis.call('HSET', KEYS[1], 'd', ARGV[1], 'u', ARGV[2], 'k', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
";
    /// Lists a session under its account, and drops those that are over. `a`; session, its limit, now, lifetime.
    LIST_SESSION: "
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1
";
    /// Restarts the idle clock. `s`; used at.
    TOUCH: OPEN, "
redis.call('HSET', KEYS[1], 'u', ARGV[1])
return 1
";
    /// Replaces a session; answers its old cookie. `s`; data, used at, cookie, lifetime.
    RENEW: OPEN, "
local cookie = redis.call('HGET', KEYS[1], 'k')
redis.call('HSET', KEYS[1], 'd', ARGV[1], 'u', ARGV[2], 'k', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return cookie
";
    /// Ends a session, unless somebody else is at it; answers everything of it. `s`; now, how long one has.
    CLOSE: "
local found = redis.call('HMGET', KEYS[1], 'd', 'e')
if not found[1] then return false end
if found[2] and tonumber(ARGV[1]) < tonumber(found[2]) + tonumber(ARGV[2]) then return false end
redis.call('HSET', KEYS[1], 'e', ARGV[1])
return redis.call('HGETALL', KEYS[1])
";
    /// Adds a ticket. `t`; the rest of its digest, data, lifetime.
    ISSUE: REIGN, "
redis.call('HSETNX', KEYS[1], ARGV[1], reign .. ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
";
    /// Notes a ticket among the last of its session. `s`, `r`; when it restarts the idle clock or nothing, the ticket,
    /// lifetime, how many.
    NOTE_ISSUED: OPEN, "
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'u', ARGV[1]) end
redis.call('LPUSH', KEYS[2], ARGV[2])
redis.call('LTRIM', KEYS[2], 0, ARGV[4] - 1)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
";
    /// Spends a ticket: answers its data once, 0 when it is spent, nothing when there is none, or nobody knows any more.
    /// `t`; the rest of its digest, when and from where.
    TAKE: THERE, "
if redis.call('HEXISTS', KEYS[1], ARGV[1] .. 'c') == 1 then return 0 end
", REIGN, "
if string.sub(ticket, 1, 16) ~= reign then return false end
redis.call('HSET', KEYS[1], ARGV[1] .. 'c', ARGV[2])
return string.sub(ticket, 17)
";
    /// Looks at a ticket that could be spent. `t`; the rest of its digest.
    LOOK: THERE, "
if redis.call('HEXISTS', KEYS[1], ARGV[1] .. 'c') == 1 then return false end
", REIGN, "
if string.sub(ticket, 1, 16) ~= reign then return false end
return string.sub(ticket, 17)
";
    /// Lets a session know a service; answers the session. `s`; the ticket, what will be told.
    JOIN: OPEN, "
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return found
";
    /// Notes why a ticket was refused; answers its data. `t`; the rest of its digest, why.
    REFUSE: THERE, "
redis.call('HSET', KEYS[1], ARGV[1] .. 'r', ARGV[2])
return string.sub(ticket, 17)
";
    /// Notes that a ticket was presented again. `t`; the rest of its digest, when and from where.
    REPLAYED: THERE, "
redis.call('HINCRBY', KEYS[1], ARGV[1] .. 'n', 1)
redis.call('HSET', KEYS[1], ARGV[1] .. 'p', ARGV[2])
return 1
";
    /// Marks a ticket as having brought a proxy-granting ticket: 1 the first time, 0 later. `t`; the rest of its digest.
    BRING: THERE, "
return redis.call('HSETNX', KEYS[1], ARGV[1] .. 'g', '')
";
    /// Replaces a ledger that is as it was read. `l`; 1 if there was one, as it was, as it is to be, lifetime.
    REPLACE: "
local now = redis.call('GET', KEYS[1])
if ARGV[1] == '1' then
    if now ~= ARGV[2] then return 0 end
elseif now then
    return 0
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1
";
    /// Does once all that the others do, on a key that nobody uses. `w`.
    TRIAL: REIGN, "
local key = KEYS[1]
redis.call('DEL', key)
redis.call('HSET', key, 'a', '1')
redis.call('HSETNX', key, 'b', '1')
redis.call('HINCRBY', key, 'a', 1)
redis.call('HGET', key, 'a')
redis.call('HMGET', key, 'a', 'b')
redis.call('HGETALL', key)
redis.call('HEXISTS', key, 'a')
redis.call('DEL', key)
redis.call('LPUSH', key, 'a')
redis.call('LTRIM', key, 0, 1)
redis.call('DEL', key)
redis.call('ZADD', key, 1, 'a')
redis.call('ZREMRANGEBYSCORE', key, '-inf', '(1')
redis.call('DEL', key)
redis.call('SET', key, reign, 'PX', 1000)
redis.call('GET', key)
redis.call('PEXPIRE', key, 1000)
redis.call('PTTL', key)
redis.call('DEL', key)
return 1
";
}
