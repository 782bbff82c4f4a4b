#!lua flags=allow-oom
-- Note what a provider tells about a delivery. It only ever moves forward.

local deliveries = KEYS.deliveries  -- hash: delivery id -> how far it came
local events = KEYS.events          -- stream: what happened
local lease = KEYS.lease            -- hash: who sends
local due = KEYS.due                -- sorted set: what must happen -> when
local dead = KEYS.dead              -- stream: dead letters
local outbox = KEYS.outbox          -- list: waiting deliveries
local forgotten = KEYS.forgotten    -- sorted set: hashes of what was forgotten -> until when they are known
local secret = KEYS.secret          -- string: what the hashes are made with

local id = ARGV.id                            -- the delivery
local state = ARGV.state                      -- how far it came
local forget_at = ARGV.forget_at              -- when the states expire, in ms
local event_cap = ARGV.event_cap              -- about how many events are kept
local now = ARGV.now                          -- ms since the epoch, by the caller's clock
local member = ARGV.member                    -- the due member of the outbox
local conversation = ARGV.conversation        -- whose delivery it is
local first_state, last_state = ARGV.behind   -- the states that lie behind this one
local first_change, last_change = ARGV.event  -- names and values of the event
local first_field, last_field = ARGV.letter   -- names and values of a dead letter, if it is one

local keep_state = SHARED.keep_state  -- function: note how far a delivery came

-- Returns {'noted'} or {'known', the state that stands, '' if it is about what was forgotten}.

-- Whatever may fail does so before the state is noted: what is known is not noted again.
local stands = redis.call('HGET', deliveries, id)
local held = redis.call('HMGET', lease, 'holder', 'sending')
redis.call('XLEN', events)
redis.call('XLEN', dead)
-- A status of what was sent before its customer was forgotten tells nothing. What was queued since waits in the outbox
-- until its own state is kept.
local function is_forgotten()
  local till = redis.call('ZSCORE', forgotten, redis.sha1hex((redis.call('GET', secret) or '') .. conversation))
  if not till or tonumber(till) <= tonumber(now) then
    return false
  end
  for _, entry in ipairs(redis.call('LRANGE', outbox, 0, -1)) do
    local readable, delivery = pcall(cjson.decode, entry)
    if readable and type(delivery) == 'table' and delivery.id == id then
      return false
    end
  end
  return true
end

if stands then
  local forward = false
  for i = first_state, last_state do
    forward = forward or ARGV[i] == stands
  end
  if not forward then
    return {'known', stands}
  end
elseif redis.call('ZCARD', forgotten) > 0 and is_forgotten() then
  return {'known', ''}
end
keep_state(deliveries, id, state)
redis.call('PEXPIREAT', deliveries, forget_at)
if stands == 'unknown' and held[1] == '' and held[2] == '1' then
  -- The outbox waits for just this: it need not wait any longer.
  redis.call('HSET', lease, 'until', now)
  redis.call('ZADD', due, 'XX', now, member)
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first_change, last_change))
if first_field <= last_field then
  redis.call('XADD', dead, '*', unpack(ARGV, first_field, last_field))
end
return {'noted'}
