#!lua flags=allow-oom
-- Remove the first delivery of an outbox: it was sent, or it never will be. From now on the next one counts as being sent.

local lease = KEYS.lease            -- hash: who sends
local outbox = KEYS.outbox          -- list: waiting deliveries, oldest first
local deliveries = KEYS.deliveries  -- hash: delivery id -> its state
local due = KEYS.due                -- sorted set: what must happen -> when
local fences = KEYS.fences          -- counter: the last fence given out
local events = KEYS.events          -- stream: the event stream
local dead = KEYS.dead              -- stream: dead letters
local silence = KEYS.silence        -- string: which replies of the assistant are not sent
local stop = KEYS.stop              -- string: which replies are not sent, those of agents too
local marketing = KEYS.marketing    -- string: what the customer wishes about marketing messages, as JSON
local sent = KEYS.sent              -- list: the latest accepted deliveries, newest first
local provider_ids = KEYS.provider_ids  -- hash: short form of a provider's id -> delivery id

local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local lease_for = ARGV.lease_for              -- ms after which the lease expires if the caller continues
local member = ARGV.member                    -- the due member of the outbox
local id = ARGV.id                            -- the delivery
local became = ARGV.became                    -- the delivery as JSON that was sent in its place, '' for none
local state = ARGV.state                      -- its final state here
local provider_id = ARGV.provider_id          -- the provider's id of it, '' if there is none
local keep_for = ARGV.keep_for                -- ms after which the states expire
local event_cap = ARGV.event_cap              -- about how many events are kept
local sent_for = ARGV.sent_for                -- ms for which an accepted delivery is kept
local first_change, last_change = ARGV.event  -- names and values of the event
local first_field, last_field = ARGV.letter   -- names and values of a dead letter, if it is one

local refusal = SHARED.refusal          -- function: the answer to a caller who has lost the lease, else nil
local keep_newest = SHARED.keep_newest  -- function: store a field of a hash that keeps the newest
local short_of = SHARED.short_of        -- function: the short form of a provider's id

-- Returns {'settled', deliveries left, fence of the next delivery or 0, the silence or '', the stop or '', the wish or ''} or {'stale',
-- fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

-- Commands that may fail come before the first write, because a removed delivery is never sent.
local silenced, stopped = redis.call('GET', silence) or '', redis.call('GET', stop) or ''
-- A status may arrive before the provider's answer to the send: it stays.
local stored = redis.call('HGET', deliveries, id)
redis.call('ZCARD', due)
redis.call('XLEN', events)
redis.call('XLEN', dead)

redis.call('LLEN', sent)
redis.call('HLEN', provider_ids)

local entry = redis.call('LPOP', outbox)
if entry and state ~= 'failed' and state ~= 'cancelled' and state ~= 'unknown' then
  -- A later status may report that it has failed: then it is needed for a dead letter, or to be sent again.
  redis.call('LPUSH', sent, became == '' and entry or became)
  redis.call('LTRIM', sent, 0, 19)
  redis.call('PEXPIREAT', sent, now + sent_for)
end
if not stored or stored == 'unknown' then
  keep_newest(deliveries, id, state)
end
redis.call('PEXPIREAT', deliveries, now + keep_for)
if provider_id ~= '' then
  keep_newest(provider_ids, short_of(provider_id), id)
  redis.call('PEXPIREAT', provider_ids, now + keep_for)
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
if first_field <= last_field then
  redis.call('XADD', dead, '*', unpack(ARGV, first_field, last_field))
end

local left = redis.call('LLEN', outbox)
if left == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'settled', 0, 0, '', '', ''}
end
local next_fence, till = redis.call('INCR', fences), now + lease_for
redis.call('HSET', lease, 'fence', next_fence, 'until', till, 'attempts', 1, 'sending', 1, 'doubts', 0)
redis.call('ZADD', due, till, member)
return {'settled', left, next_fence, silenced, stopped, redis.call('MGET', marketing)[1] or ''}
