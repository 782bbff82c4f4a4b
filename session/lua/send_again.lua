#!lua flags=allow-oom
-- Put a delivery that the provider accepted first and reported as failed later back to the head of its outbox. Only if no
-- newer delivery was sent or is being sent, because the order matters more.

local sent = KEYS.sent              -- list: the latest accepted deliveries, newest first
local outbox = KEYS.outbox          -- list: waiting deliveries, oldest first
local lease = KEYS.lease            -- hash: who sends
local deliveries = KEYS.deliveries  -- hash: delivery id -> its state
local due = KEYS.due                -- sorted set: what must happen -> when
local fences = KEYS.fences          -- counter: the last fence given out
local events = KEYS.events          -- stream: the event stream

local entry = ARGV.entry                      -- the delivery as it is stored in `sent`
local becomes = ARGV.becomes                  -- the same with the provider's id of the failed send
local id = ARGV.id                            -- the delivery
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local wait = ARGV.wait                        -- not before so many ms have passed
local member = ARGV.member                    -- the due member of the outbox
local garbage = ARGV.garbage                  -- ms after which Redis may remove an abandoned lease
local event_cap = ARGV.event_cap              -- about how many events are kept
local first_change, last_change = ARGV.event  -- names and values of the event

-- Returns {'waits'} or {'too late'}. A repeated call finds that it waits.

if redis.call('LINDEX', outbox, 0) == becomes then
  return {'waits'}
end
local held = redis.call('HMGET', lease, 'holder', 'sending', 'doubts')
local idle = not held[1] or held[1] == '' and held[2] ~= '1' and tonumber(held[3] or 0) == 0
if not idle or redis.call('LINDEX', sent, 0) ~= entry then
  return {'too late'}
end
-- Commands that may fail come before the first write.
redis.call('LLEN', outbox)
redis.call('HLEN', deliveries)
redis.call('ZCARD', due)
redis.call('XLEN', events)

local retry_at = now + wait
redis.call('LPOP', sent)
redis.call('LPUSH', outbox, becomes)
-- The state of the failed send does not apply to the next one.
redis.call('HDEL', deliveries, id)
redis.call('HSET', lease, 'fence', redis.call('INCR', fences), 'holder', '', 'until', retry_at, 'attempts', 0, 'sending', 0,
  'doubts', 0)
redis.call('PEXPIREAT', lease, now + garbage)
redis.call('ZADD', due, retry_at, member)
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
return {'waits'}
