#!lua flags=allow-oom
-- Note what a provider tells about a delivery. It only ever moves forward.

local deliveries = KEYS[1]  -- hash: delivery id -> how far it came
local events     = KEYS[2]  -- stream: what happened
local lease      = KEYS[3]  -- hash: who sends
local due        = KEYS[4]  -- sorted set: what must happen -> when
local dead       = KEYS[5]  -- stream: dead letters
local outbox     = KEYS[6]  -- list: waiting deliveries
local forgotten  = KEYS[7]  -- sorted set: hashes of what was forgotten -> until when they are known
local secret     = KEYS[8]  -- string: what the hashes are made with

local id         = ARGV[1]            -- the delivery
local state      = ARGV[2]            -- how far it came
local forget_at  = ARGV[3]            -- when the states expire, in ms
local event_cap  = ARGV[4]            -- about how many events are kept
local now        = ARGV[5]            -- ms since the epoch, by the caller's clock
local member     = ARGV[6]            -- the due member of the outbox
local n_behind   = tonumber(ARGV[7])  -- how many states lie behind this one
local n_changes  = tonumber(ARGV[8])  -- names and values of what happened, together
local conversation = ARGV[9]          -- whose delivery it is
local behind     = 10                 -- ARGV[10..]: the states behind
local first_change = 10 + n_behind    -- then the names and values of the event
local first_dead = first_change + n_changes -- then the fields of a dead letter, if it is one

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
  for i = behind, behind + n_behind - 1 do
    forward = forward or ARGV[i] == stands
  end
  if not forward then
    return {'known', stands}
  end
elseif redis.call('ZCARD', forgotten) > 0 and is_forgotten() then
  return {'known', ''}
end
if redis.call('HLEN', deliveries) >= 100 then
  -- A hash of this size keeps short ids in the order of their insertion: the older half goes.
  local ids = redis.call('HKEYS', deliveries)
  redis.call('HDEL', deliveries, unpack(ids, 1, 50))
end
redis.call('HSET', deliveries, id, state)
redis.call('PEXPIREAT', deliveries, forget_at)
if stands == 'unknown' and held[1] == '' and held[2] == '1' then
  -- The outbox waits for just this: it need not wait any longer.
  redis.call('HSET', lease, 'until', now)
  redis.call('ZADD', due, 'XX', now, member)
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first_change, first_dead - 1))
if first_dead <= #ARGV then
  redis.call('XADD', dead, '*', unpack(ARGV, first_dead, #ARGV))
end
return {'noted'}
