#!lua flags=no-writes
-- Read how much waits in a shard and since when, and the counters. The cost does not depend on the number of sessions.

local intake = KEYS.intake      -- stream: raw bodies, oldest first
local lease = KEYS.lease        -- hash: who drains the intake
local due = KEYS.due            -- sorted set: what must happen -> when
local dead = KEYS.dead          -- stream: dead letters
local events = KEYS.events      -- stream: the event stream
local fence = KEYS.fence        -- counter: the last fence given out
local paused = KEYS.paused      -- hash: sender -> why nothing is sent through it
local counters = KEYS.counters  -- hash: the counters
local troubles = KEYS.troubles  -- hash: warnings of providers about accounts and senders

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server

local as_table = SHARED.as_table  -- function: the fields of a stream entry by name

-- Returns {'statistics', the present time, bodies, when the oldest came, 1 if a worker drains them else 0, due members, how many are due
-- now, when the first is due, dead letters, when the oldest was given up, events, leases granted, number of paused
-- senders, number of troubles, sender, why, ..., trouble, ..., field of the counters, its value, ...}; times are in ms, 0 for
-- none.

local function oldest(stream)
  local entry = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  return entry and tonumber(as_table(entry[2]).at) or 0
end

-- A value that is not a number counts as 0, because a nil would end the answer.
local held = (tonumber(redis.call('HGET', lease, 'until') or 0) or 0) > now and 1 or 0
local first_due = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
local senders = redis.call('HGETALL', paused)
local warnings = redis.call('HVALS', troubles)
local reply = {
  'statistics', now,
  redis.call('XLEN', intake), oldest(intake), held,
  redis.call('ZCARD', due), redis.call('ZCOUNT', due, '-inf', now), math.floor(tonumber(first_due or 0)),
  redis.call('XLEN', dead), oldest(dead),
  redis.call('XLEN', events),
  tonumber(redis.call('GET', fence) or 0) or 0,
  #senders / 2, #warnings,
}
for _, value in ipairs(senders) do
  reply[#reply + 1] = value
end
for _, value in ipairs(warnings) do
  reply[#reply + 1] = value
end
for _, value in ipairs(redis.call('HGETALL', counters)) do
  reply[#reply + 1] = value
end
return reply
