-- Note what a provider tells about a delivery. It only ever moves forward.

local deliveries = KEYS[1]  -- hash: delivery id -> how far it came
local events     = KEYS[2]  -- stream: what happened

local id         = ARGV[1]            -- the delivery
local state      = ARGV[2]            -- how far it came
local forget_at  = ARGV[3]            -- when the states expire, in ms
local event_cap  = ARGV[4]            -- about how many events are kept
local n_behind   = tonumber(ARGV[5])  -- how many states lie behind this one
local behind     = 6                  -- ARGV[6..]: those states
local first_change = 6 + n_behind     -- then the names and values of the event

-- Returns {'noted'} or {'known', the state that stands}.

local stands = redis.call('HGET', deliveries, id)
if stands then
  local forward = false
  for i = behind, behind + n_behind - 1 do
    forward = forward or ARGV[i] == stands
  end
  if not forward then
    return {'known', stands}
  end
end
if redis.call('HLEN', deliveries) >= 100 then
  -- A hash of this size keeps short ids in the order of their insertion: the older half goes.
  local ids = redis.call('HKEYS', deliveries)
  redis.call('HDEL', deliveries, unpack(ids, 1, 50))
end
redis.call('HSET', deliveries, id, state)
redis.call('PEXPIREAT', deliveries, forget_at)
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first_change))
return {'noted'}
