#!lua flags=allow-oom
-- Take the lease of a hook, and return the events behind those that it has sent. A holder that takes again, and finds none, has
-- released it.

local lease = KEYS.lease        -- hash: who sends
local hook = KEYS.hook          -- hash: how far it has come
local again = KEYS.again        -- list: ids of dead letters that it sends once more
local events = KEYS.events      -- stream: the event stream
local dead = KEYS.dead          -- stream: dead letters
local due = KEYS.due            -- sorted set: what must happen -> when
local fences = KEYS.fences      -- counter: the last fence given out
local counters = KEYS.counters  -- hash: the counters

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local holder = ARGV.holder                    -- id of this call; a repeated call finds its own lease
local lease_for = ARGV.lease_for              -- ms after which the lease expires
local limit = ARGV.limit                      -- the most events to return
local member = ARGV.member                    -- the due member of the hook
local garbage = tonumber(ARGV.garbage)        -- ms after which Redis may remove an abandoned lease; none lasts longer
local keep_for = ARGV.keep_for                -- ms after which its state expires
local counter = ARGV.counter                  -- the counter of events that were trimmed before they were sent

local added_to = SHARED.added_to  -- function: how many entries were ever added to a stream

-- Returns {'held', until}, {'empty'} or {'taken', fence, the present time in ms, events that were trimmed, the state, events,
-- {id of a dead letter, its fields, ...}}.

local held = redis.call('HMGET', lease, 'until', 'holder')
local held_till = tonumber(held[1] or 0) or 0
if held_till > now and held_till <= now + garbage and held[2] ~= holder then
  return {'held', held_till}
end

local added, length = added_to(events), redis.call('XLEN', events)
local newest = redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)
local seen = newest[1] and newest[1][1] or '0-0'
local after = redis.call('HGET', hook, 'after') or seen
local found = redis.call('XRANGE', events, '(' .. after, '+', 'COUNT', limit)

local letters = {}
for _, id in ipairs(redis.call('LRANGE', again, 0, 9)) do
  local letter = redis.call('XRANGE', dead, id, id)
  if letter[1] then
    letters[#letters + 1] = id
    letters[#letters + 1] = letter[1][2]
  else
    -- An operator has dropped it.
    redis.call('LREM', again, 0, id)
    redis.call('HDEL', hook, 'again:' .. id)
  end
end

-- How many were ever added up to the last one that was sent; it is exact whenever nothing is behind that.
local passed = tonumber(redis.call('HGET', hook, 'passed') or nil)
if #found == 0 then
  after, passed = seen, added
end
local lost = passed and math.max(0, added - length - passed) or 0
if lost > 0 then
  redis.call('HINCRBY', counters, counter, lost)
end
redis.call('HSET', hook, 'after', after, 'seen', seen, 'passed', math.max(passed or 0, added - length))
redis.call('PEXPIRE', hook, keep_for)
if #found == 0 and #letters == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'empty'}
end

local fence, till = redis.call('INCR', fences), now + lease_for
redis.call('HSET', lease, 'fence', fence, 'holder', holder, 'until', till)
redis.call('PEXPIREAT', lease, now + garbage)
redis.call('ZADD', due, till, member)
return {'taken', fence, now, lost, redis.call('HGETALL', hook), found, letters}
