#!lua flags=allow-oom
-- Take everything of a conversation that moves out of its keys, and keep it with the steps of the turn that moves it.

local lease = KEYS.lease                     -- hash: who takes the turn
local session = KEYS.session                 -- string: the session as JSON
local mailbox = KEYS.mailbox                 -- list: waiting messages and actions, oldest first
local outbox = KEYS.outbox                   -- list: waiting deliveries, oldest first
local delivery_lease = KEYS.delivery_lease   -- hash: who sends
local deliveries = KEYS.deliveries           -- hash: delivery id -> its state
local prices = KEYS.prices                   -- hash: delivery id -> how the provider prices it
local provider_ids = KEYS.provider_ids       -- hash: short form of a provider's id -> delivery id
local media = KEYS.media                     -- hash: what becomes of its media
local media_lease = KEYS.media_lease         -- hash: who fetches them
local timers = KEYS.timers                   -- hash: name -> what the assistant has planned
local sent = KEYS.sent                       -- list: the latest accepted deliveries, newest first
local seen = KEYS.seen                       -- sorted set: ids already received
local opt_out = KEYS.opt_out                 -- string: when the customer opted out, in ms
local marketing = KEYS.marketing             -- string: what the customer wishes about marketing messages, as JSON
local stop = KEYS.stop                       -- string: which replies are not sent, those of agents too
local silence = KEYS.silence                 -- string: which replies of the assistant are not sent
local steps = KEYS.steps                     -- hash: what turns that have not ended have done
local due = KEYS.due                         -- sorted set: what must happen -> when
local waiting = KEYS.waiting                 -- sorted set: conversation for an agent -> since when
local first_usage, last_usage = KEYS.usages  -- for each limit: uses counted; its expiry is the end of the window

local now = tonumber(ARGV.now) or SHARED.NOW    -- ms since the epoch, by the clock of the server
local fence = ARGV.fence                        -- the caller's fence
local holder = ARGV.holder                      -- the caller's id
local field = ARGV.field                        -- of the steps
local conversation = ARGV.conversation          -- as `waiting` names it
local deliver_due = ARGV.deliver_due            -- due member: replies must be sent
local media_due = ARGV.media_due                -- due member: media must be fetched
local idle_timeout_due = ARGV.idle_timeout_due  -- due member: the idle time-out of the session
local timer_due = ARGV.timer_due                -- due member: timers ring
local seen_for = ARGV.seen_for                  -- ms after which the ids of the remaining entries expire

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'packed', what was taken out, as JSON}, {'sending'} and nothing is changed while a reply is being sent or in doubt,
-- or {'stale', fence of the present holder}. A repeated call finds what was taken out before.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end
local packed = redis.call('HGET', steps, field)
if packed then
  return {'packed', packed}
end
local unsent = redis.call('LRANGE', outbox, 0, -1)
if #unsent > 0 then
  local sends = redis.call('HMGET', delivery_lease, 'sending', 'doubts')
  if tonumber(sends[1] or 0) > 0 or tonumber(sends[2] or 0) > 0 then
    return {'sending'}
  end
end

-- Commands that may fail come before the first write.
redis.call('ZCARD', due)
redis.call('ZCARD', waiting)
-- This entry, and what waits behind it, stay here, and known here; the other side would take them for received.
local rest, known = {}, {}
for _, entry in ipairs(redis.call('LRANGE', mailbox, 0, -1)) do
  local readable, one = pcall(cjson.decode, entry)
  if readable and type(one) == 'table' and type(one.id) == 'string' then
    rest[one.id] = true
  end
end
local ids = redis.call('ZRANGE', seen, 0, -1, 'WITHSCORES')
for i = 1, #ids, 2 do
  if not rest[ids[i]] then
    known[#known + 1] = ids[i]
    known[#known + 1] = ids[i + 1]
  end
end
local found = {
  session = redis.call('GET', session) or '',
  optedOut = redis.call('EXISTS', opt_out) == 1,
  marketing = redis.call('MGET', marketing)[1] or '',
  silence = redis.call('GET', silence) or '',
  stop = redis.call('GET', stop) or '',
  outbox = unsent,
  sent = redis.call('LRANGE', sent, 0, -1),
  states = redis.call('HGETALL', deliveries),
  media = redis.call('HGETALL', media),
  timers = redis.call('HGETALL', timers),
  prices = redis.call('HGETALL', prices),
  providerIds = redis.call('HGETALL', provider_ids),
  seen = known,
  usages = {},
}
for k = first_usage, last_usage do
  found.usages[#found.usages + 1] = redis.call('MGET', KEYS[k])[1] or ''
  found.usages[#found.usages + 1] = string.format('%.0f', math.max(0, redis.call('PEXPIRETIME', KEYS[k])))
end
local parcel = cjson.encode(found)

redis.call('HSET', steps, field, parcel)
redis.call('PERSIST', steps)
redis.call('DEL', session, outbox, delivery_lease, deliveries, prices, provider_ids, sent, seen, opt_out, marketing, media, media_lease, timers)
for k = first_usage, last_usage do
  redis.call('DEL', KEYS[k])
end
redis.call('ZREM', due, deliver_due, media_due, idle_timeout_due, timer_due)
redis.call('ZREM', waiting, conversation)
for id in pairs(rest) do
  redis.call('ZADD', seen, now, id)
end
redis.call('PEXPIREAT', seen, now + seen_for)
return {'packed', parcel}
