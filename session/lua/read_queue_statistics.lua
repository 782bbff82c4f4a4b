#!lua flags=no-writes
-- Read how much waits in a shard, since when, and what was counted. It costs the same however many sessions there are.

local intake = KEYS[1]  -- stream: raw bodies, oldest first
local lease  = KEYS[2]  -- hash: who drains the intake
local due    = KEYS[3]  -- sorted set: what must happen -> when
local dead   = KEYS[4]  -- stream: dead letters
local events = KEYS[5]  -- stream: what happened
local fence  = KEYS[6]  -- counter: the last fence given out
local paused = KEYS[7]  -- hash: sender -> why nothing is sent through it
local counters  = KEYS[8]  -- hash: what happened, counted
local troubles = KEYS[9]  -- hash: what providers have against accounts and senders

local now    = ARGV[1]  -- ms since the epoch, by the caller's clock

-- Returns {'statistics', bodies, when the oldest came, 1 if somebody drains them else 0, due members, how many are due
-- now, when the first is due, dead letters, when the oldest was given up, events, leases granted, number of paused
-- senders, number of troubles, sender, why, ..., trouble, ..., field of the counters, its value, ...}; times are in ms, 0 for
-- none.

local function oldest(stream)
  local entry = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  for i = 1, entry and #entry[2] or 0, 2 do
    if entry[2][i] == 'at' then
      return tonumber(entry[2][i + 1]) or 0
    end
  end
  return 0
end

-- What is no number is 0 here: an answer ends at what there is not.
local held = (tonumber(redis.call('HGET', lease, 'until') or 0) or 0) > tonumber(now) and 1 or 0
local first_due = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
local senders = redis.call('HGETALL', paused)
local told = redis.call('HVALS', troubles)
local reply = {
  'statistics',
  redis.call('XLEN', intake), oldest(intake), held,
  redis.call('ZCARD', due), redis.call('ZCOUNT', due, '-inf', now), math.floor(tonumber(first_due or 0)),
  redis.call('XLEN', dead), oldest(dead),
  redis.call('XLEN', events),
  tonumber(redis.call('GET', fence) or 0) or 0,
  #senders / 2, #told,
}
for _, value in ipairs(senders) do
  reply[#reply + 1] = value
end
for _, value in ipairs(told) do
  reply[#reply + 1] = value
end
for _, value in ipairs(redis.call('HGETALL', counters)) do
  reply[#reply + 1] = value
end
return reply
