#!lua flags=allow-oom
-- Let a name lead to another conversation. If its own conversation has any data, an action that moves it waits in its mailbox
-- from the same moment on.

local alias = KEYS.alias          -- string: where the name leads, JSON
local names = KEYS.names          -- set: names that lead here
local mailbox = KEYS.mailbox      -- list: waiting messages and actions, oldest first
local seen = KEYS.seen            -- sorted set: ids already received
local lease = KEYS.lease          -- hash: who takes the turn
local due = KEYS.due              -- sorted set: what must happen -> when
local counters = KEYS.counters    -- hash: the counters
local first_key, last_key = KEYS.data -- the keys of its data

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local was = ARGV.was                          -- the alias as the caller read it, '' if there was none
local plain = ARGV.plain                      -- the new alias if there is nothing to move
local merging = ARGV.merging                  -- the new alias if there is
local id = ARGV.id                            -- of the action
local entry = ARGV.entry                      -- the action as JSON
local counter = ARGV.counter                  -- the counter of its waiting time
local member = ARGV.member                    -- the due member of its turn
local wake_after = ARGV.wake_after            -- ms after which the sweep wakes again if a wake-up is lost
local seen_for = ARGV.seen_for                -- ms after which the remembered ids expire

local end_wait = SHARED.end_wait  -- function: let a turn be taken at once that waits

-- Returns {'changed'} if the alias is not the one that was read, or {'aliased', 1 if there is something to move else 0,
-- 1 if a wake-up must be published else 0, names that lead here...}.

if (redis.call('GET', alias) or '') ~= was then
  return {'changed'}
end
redis.call('ZCARD', due)
redis.call('ZCARD', seen)
redis.call('LLEN', mailbox)
local here = redis.call('SMEMBERS', names)

local data, woken = 0, 0
for k = first_key, last_key do
  data = math.max(data, redis.call('EXISTS', KEYS[k]))
end
if data == 1 and redis.call('ZADD', seen, 'NX', now, id) == 1 then
  redis.call('PEXPIREAT', seen, now + seen_for)
  redis.call('RPUSH', mailbox, entry)
  woken = redis.call('ZADD', due, 'NX', now + wake_after, member)
  woken = end_wait(lease, due, member, now, wake_after, 'gathers') and 1 or woken
  redis.pcall('HINCRBY', counters, counter, 1)
end
redis.call('SET', alias, data == 1 and merging or plain)
local reply = {'aliased', data, woken}
for _, name in ipairs(here) do
  reply[#reply + 1] = name
end
return reply
