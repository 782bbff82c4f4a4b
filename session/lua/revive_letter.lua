#!lua
-- Put what a dead letter holds back to where it waited before, once.

local dead   = KEYS[1]  -- stream: dead letters
local target = KEYS[2]  -- where it goes: the intake (stream), a mailbox or an outbox (list)
local due    = KEYS[3]  -- sorted set: what must happen -> when
local events = KEYS[4]  -- stream: what happened

local id     = ARGV[1]  -- the letter
local member = ARGV[2]  -- the due member of the target
local now    = ARGV[3]  -- ms since the epoch, by the caller's clock
local raw    = ARGV[4]  -- what it holds
local source = ARGV[5]  -- the endpoint of a body, '' for what goes to a list
local event_cap = ARGV[6]  -- about how many events are kept
local first  = 7        -- ARGV[7..]: names and values of the event

-- Returns {'revived'} or {'gone'} if somebody was quicker. It is due at once: the sweep wakes it.

if redis.call('XDEL', dead, id) == 0 then
  return {'gone'}
end
if source ~= '' then
  redis.call('XADD', target, '*', 'source', source, 'at', now, 'body', raw)
else
  redis.call('RPUSH', target, raw)
end
redis.call('ZADD', due, 'NX', now, member)
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first))
return {'revived'}
