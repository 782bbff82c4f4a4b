#!lua flags=allow-oom
-- Let a hook begin again with earlier events. Whoever sends at this moment has lost the lease.

local lease = KEYS.lease    -- hash: who sends
local hook = KEYS.hook      -- hash: how far it has come
local events = KEYS.events  -- stream: the event stream
local due = KEYS.due        -- sorted set: what must happen -> when

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local after = ARGV.after                      -- the event before the first one
local behind = ARGV.behind                    -- how many events there were behind it
local last = ARGV.last                        -- the last of them
local member = ARGV.member                    -- the due member of the hook
local keep_for = ARGV.keep_for                -- ms after which its state expires

local added_to = SHARED.added_to  -- function: how many entries were ever added to a stream

-- Returns {'rewound'}.

behind = behind + #redis.call('XRANGE', events, '(' .. last, '+')
redis.call('DEL', lease, hook)
redis.call('HSET', hook, 'after', after, 'passed', math.max(0, added_to(events) - behind))
redis.call('PEXPIRE', hook, keep_for)
redis.call('ZADD', due, now, member)
return {'rewound'}
