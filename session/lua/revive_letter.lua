#!lua
-- Put what a dead letter holds back to where it waited before, once.

local dead = KEYS.dead      -- stream: dead letters
local target = KEYS.target  -- where it goes: the intake (stream), a mailbox or an outbox (list)
local due = KEYS.due        -- sorted set: what must happen -> when
local events = KEYS.events  -- stream: what happened

local id = ARGV.id                            -- the letter
local member = ARGV.member                    -- the due member of the target
local now = ARGV.now                          -- ms since the epoch, by the caller's clock
local raw = ARGV.raw                          -- what it holds
local source = ARGV.source                    -- the endpoint of a body, '' for what goes to a list
local event_cap = ARGV.event_cap              -- about how many events are kept
local first_change, last_change = ARGV.event  -- names and values of the event

-- Returns {'revived'} or {'gone'} if another caller was quicker. It is due at once: the sweep wakes it.

if redis.call('XDEL', dead, id) == 0 then
  return {'gone'}
end
if source ~= '' then
  redis.call('XADD', target, '*', 'source', source, 'at', now, 'body', raw)
else
  redis.call('RPUSH', target, raw)
end
redis.call('ZADD', due, 'NX', now, member)
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first_change, last_change))
return {'revived'}
