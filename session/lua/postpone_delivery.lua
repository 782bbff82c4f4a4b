#!lua flags=allow-oom
-- Leave the first delivery where it is and let go of its outbox until later.

local lease    = KEYS[1]  -- hash: who sends
local due      = KEYS[2]  -- sorted set: what must happen -> when
local deliveries = KEYS[3]  -- hash: delivery id -> how far it came
local events   = KEYS[4]  -- stream: what happened

local fence    = ARGV[1]  -- the caller's fence
local holder   = ARGV[2]  -- the caller's id
local retry_at = ARGV[3]  -- not before this time, in ms
local member   = ARGV[4]  -- the due member of the outbox
local attempts = ARGV[5]  -- attempts so far; 0 if this one shall not count
local doubt    = ARGV[6]  -- id of the delivery if nobody knows what became of its send, else ''
local forget_at = ARGV[7]  -- when the states expire, in ms
local event_cap = ARGV[8]  -- about how many events are kept
local doubts   = ARGV[9]  -- how many of its sends nobody knows of
local first    = 10       -- ARGV[10..]: names and values of the event, if there is a doubt

-- Returns {'postponed'} or {'stale', fence of the present holder}.

local held = redis.call('HMGET', lease, 'fence', 'holder')
if held[1] ~= fence or held[2] ~= holder then
  return {'stale', tonumber(held[1] or 0)}
end

local sending = 0
if doubt ~= '' then
  sending = 1
  if redis.call('HSETNX', deliveries, doubt, 'unknown') == 1 then
    redis.call('PEXPIREAT', deliveries, forget_at)
    redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first))
  end
end
redis.call('HSET', lease, 'holder', '', 'until', retry_at, 'attempts', attempts, 'sending', sending, 'doubts', doubts)
redis.call('ZADD', due, retry_at, member)
return {'postponed'}
