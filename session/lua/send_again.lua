#!lua flags=allow-oom
-- Put a delivery that the provider accepted, and gave up later, back to the head of its outbox; only if nothing newer has
-- gone out, or is going out: order stands above it.

local sent       = KEYS[1]  -- list: deliveries that were accepted last, newest first
local outbox     = KEYS[2]  -- list: waiting deliveries, oldest first
local lease      = KEYS[3]  -- hash: who sends
local deliveries = KEYS[4]  -- hash: delivery id -> how far it came
local due        = KEYS[5]  -- sorted set: what must happen -> when
local fences     = KEYS[6]  -- counter: the last fence given out
local events     = KEYS[7]  -- stream: what happened

local entry    = ARGV[1]  -- the delivery as it stands among the accepted ones
local becomes  = ARGV[2]  -- the same with the provider's id that has failed
local id       = ARGV[3]  -- the delivery
local retry_at = ARGV[4]  -- not before this time, in ms
local member   = ARGV[5]  -- the due member of the outbox
local garbage  = ARGV[6]  -- when an abandoned lease may be collected, in ms
local event_cap = ARGV[7] -- about how many events are kept
local first    = 8        -- ARGV[8..]: names and values of the event

-- Returns {'waits'} or {'too late'}.

local held = redis.call('HMGET', lease, 'holder', 'sending', 'doubts')
local idle = not held[1] or held[1] == '' and held[2] ~= '1' and tonumber(held[3] or 0) == 0
if not idle or redis.call('LINDEX', sent, 0) ~= entry then
  return {'too late'}
end
-- Whatever may fail does so before anything is written.
redis.call('LLEN', outbox)
redis.call('HLEN', deliveries)
redis.call('ZCARD', due)
redis.call('XLEN', events)

redis.call('LPOP', sent)
redis.call('LPUSH', outbox, becomes)
-- What was told of the send that failed tells nothing of the next.
redis.call('HDEL', deliveries, id)
redis.call('HSET', lease, 'fence', redis.call('INCR', fences), 'holder', '', 'until', retry_at, 'attempts', 0, 'sending', 0,
  'doubts', 0)
redis.call('PEXPIREAT', lease, garbage)
redis.call('ZADD', due, retry_at, member)
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first))
return {'waits'}
