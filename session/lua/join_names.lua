#!lua flags=allow-oom
-- Note which names lead to a conversation, and let an action wait in its mailbox for the data of each that has any.

local alias = KEYS.alias        -- string: where the conversation has moved
local names = KEYS.names        -- set: names that lead here
local mailbox = KEYS.mailbox    -- list: waiting messages and actions, oldest first
local seen = KEYS.seen          -- sorted set: ids already received
local lease = KEYS.lease        -- hash: who takes the turn
local due = KEYS.due            -- sorted set: what must happen -> when
local counters = KEYS.counters  -- hash: the counters

local now = tonumber(ARGV.now) or SHARED.NOW      -- ms since the epoch, by the clock of the server
local member = ARGV.member                        -- the due member of its turn
local wake_after = ARGV.wake_after                -- ms after which the sweep wakes again if a wake-up is lost
local seen_for = ARGV.seen_for                    -- ms after which the remembered ids expire
local first_name, last_name = ARGV.joined         -- the names
local first_merge, last_merge = ARGV.merges       -- id, action as JSON, and the counter of its waiting time

local end_wait = SHARED.end_wait  -- function: let a turn be taken at once that waits

-- Returns {'moved'}, and nothing is written, or {'joined', 1 if a wake-up must be published else 0}.

if redis.call('EXISTS', alias) == 1 then
  return {'moved'}
end
redis.call('ZCARD', due)
redis.call('ZCARD', seen)
redis.call('LLEN', mailbox)
if first_name <= last_name then
  redis.call('SADD', names, unpack(ARGV, first_name, last_name))
end
local woken = 0
for i = first_merge, last_merge, 3 do
  if redis.call('ZADD', seen, 'NX', now, ARGV[i]) == 1 then
    redis.call('PEXPIREAT', seen, now + seen_for)
    redis.call('RPUSH', mailbox, ARGV[i + 1])
    woken = math.max(woken, redis.call('ZADD', due, 'NX', now + wake_after, member))
    -- It waits for media, and not for what the customer may write next.
    woken = end_wait(lease, due, member, now, wake_after, 'gathers') and 1 or woken
    redis.pcall('HINCRBY', counters, ARGV[i + 2], 1)
  end
end
return {'joined', woken}
