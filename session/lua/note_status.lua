#!lua flags=allow-oom
-- Store the status that a provider reports for a delivery. The state only moves forward.

local deliveries = KEYS.deliveries  -- hash: delivery id -> its state
local events = KEYS.events          -- stream: the event stream
local lease = KEYS.lease            -- hash: who sends
local due = KEYS.due                -- sorted set: what must happen -> when
local dead = KEYS.dead              -- stream: dead letters
local outbox = KEYS.outbox          -- list: waiting deliveries
local forgotten = KEYS.forgotten    -- sorted set: hashes of what was forgotten -> until when they are known
local secret = KEYS.secret          -- string: what the hashes are made with

local id = ARGV.id                            -- the delivery
local state = ARGV.state                      -- the new state
local forget_at = ARGV.forget_at              -- when the states expire, in ms
local event_cap = ARGV.event_cap              -- about how many events are kept
local now = ARGV.now                          -- ms since the epoch, by the caller's clock
local member = ARGV.member                    -- the due member of the outbox
local conversation = ARGV.conversation        -- whose delivery it is
local first_state, last_state = ARGV.behind   -- the states that this one may follow
local first_change, last_change = ARGV.event  -- names and values of the event
local first_field, last_field = ARGV.letter   -- names and values of a dead letter, if it is one

local keep_state = SHARED.keep_state  -- function: store the state of a delivery

-- Returns {'noted'} or {'known', the stored state, or '' if the customer was forgotten}.

-- Commands that may fail come before the first write, because a stored state is not written again.
local stored = redis.call('HGET', deliveries, id)
local held = redis.call('HMGET', lease, 'holder', 'sending')
redis.call('XLEN', events)
redis.call('XLEN', dead)
-- A status of a reply from before its customer was forgotten is dropped. A reply that was queued since is in the outbox
-- until its own state is stored.
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

if stored then
  local forward = false
  for i = first_state, last_state do
    forward = forward or ARGV[i] == stored
  end
  if not forward then
    return {'known', stored}
  end
elseif redis.call('ZCARD', forgotten) > 0 and is_forgotten() then
  return {'known', ''}
end
keep_state(deliveries, id, state)
redis.call('PEXPIREAT', deliveries, forget_at)
if stored == 'unknown' and held[1] == '' and held[2] == '1' then
  -- The outbox waits for this status: it is due now.
  redis.call('HSET', lease, 'until', now)
  redis.call('ZADD', due, 'XX', now, member)
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first_change, last_change))
if first_field <= last_field then
  redis.call('XADD', dead, '*', unpack(ARGV, first_field, last_field))
end
return {'noted'}
