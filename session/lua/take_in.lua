#!lua flags=allow-oom
-- Add what comes from a merged conversation to the keys of this one, once; the session and the replies follow with the commit.

local lease = KEYS.lease                     -- hash: who takes the turn
local merging = KEYS.merging                 -- hash: id of a merge -> what comes with it
local steps = KEYS.steps                     -- hash: what turns that have not ended have done
local mailbox = KEYS.mailbox                 -- list: waiting messages and actions, oldest first
local counters = KEYS.counters               -- hash: the counters
local seen = KEYS.seen                       -- sorted set: ids already received
local deliveries = KEYS.deliveries           -- hash: delivery id -> its state
local prices = KEYS.prices                   -- hash: delivery id -> how the provider prices it
local provider_ids = KEYS.provider_ids       -- hash: short form of a provider's id -> delivery id
local media = KEYS.media                     -- hash: what becomes of its media
local due = KEYS.due                         -- sorted set: what must happen -> when
local sent = KEYS.sent                       -- list: the latest accepted deliveries, newest first
local first_usage, last_usage = KEYS.usages  -- for each limit: uses counted; its expiry is the end of the window

local now = tonumber(ARGV.now) or SHARED.NOW      -- ms since the epoch, by the clock of the server
local fence = ARGV.fence                          -- the caller's fence
local holder = ARGV.holder                        -- the caller's id
local id = ARGV.id                                -- of the merge
local field = ARGV.field                          -- of the steps
local media_due = ARGV.media_due                  -- due member: media must be fetched
local seen_for = ARGV.seen_for                    -- ms after which the remembered ids expire
local keep_for = ARGV.keep_for                    -- ms after which the states expire
local sent_for = ARGV.sent_for                    -- ms after which the accepted deliveries expire
local first_seen, last_seen = ARGV.ids            -- ids already received, and when, in ms
local first_state, last_state = ARGV.states       -- delivery, its state
local first_price, last_price = ARGV.priced       -- delivery, how the provider prices it
local first_short, last_short = ARGV.short_ids    -- short form of a provider's id, delivery
local first_medium, last_medium = ARGV.fetched    -- medium, what became of it
local first_sent, last_sent = ARGV.accepted       -- accepted deliveries, newest first
local first_use, last_use = ARGV.uses             -- for each limit uses counted, and the end of the window in ms

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil
local counted = SHARED.counted  -- function: the value of a counter
local MERGE_ID = SHARED.MERGE_ID  -- what ids of actions of a merge begin with

-- Returns {'taken in'}, or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end
local parcel = redis.call('HGET', merging, id)
if not parcel or parcel == '' or parcel == 'late' then
  return {'taken in'}
end
redis.call('ZCARD', seen)
redis.call('HLEN', deliveries)
redis.call('HLEN', prices)
redis.call('HLEN', media)
redis.call('ZCARD', due)
redis.call('HLEN', provider_ids)
redis.call('LLEN', sent)

redis.call('HSET', steps, field, parcel)
redis.call('PERSIST', steps)
redis.call('HSET', merging, id, '')
redis.call('HDEL', merging, id .. ':waits')
local pending = false
for _, other in ipairs(redis.call('HVALS', merging)) do
  pending = pending or other ~= '' and other ~= 'late' and string.find(other, '^%d+$') == nil
end
if not pending then
  redis.call('PEXPIREAT', merging, now + seen_for)
end

-- A message that was received there, and came again while its name led here already, is known now. The two actions of a merge
-- have one id: that of the other side is not the one of this side.
local known = {}
for i = first_seen, last_seen, 2 do
  known[ARGV[i]] = string.sub(ARGV[i], 1, #MERGE_ID) ~= MERGE_ID or nil
end
for _, entry in ipairs(redis.call('LRANGE', mailbox, 1, -1)) do
  local readable, one = pcall(cjson.decode, entry)
  if readable and type(one) == 'table' and known[one.id] and redis.call('LREM', mailbox, -1, entry) == 1 then
    redis.pcall('HINCRBY', counters, 'duplicates', 1)
    redis.pcall('HINCRBY', counters, string.format('mailbox@%.0f', math.floor((tonumber(one.receivedAt) or 0) / 1000)), -1)
  end
end
for i = first_seen, last_seen, 2 do
  if known[ARGV[i]] then
    redis.call('ZADD', seen, 'NX', ARGV[i + 1], ARGV[i])
  end
end
redis.call('PEXPIREAT', seen, now + seen_for)
local function add(hash, first, last)
  for i = first, last, 2 do
    redis.call('HSETNX', hash, ARGV[i], ARGV[i + 1])
  end
  if first <= last then
    redis.call('PEXPIREAT', hash, now + keep_for)
  end
end
add(deliveries, first_state, last_state)
add(media, first_medium, last_medium)
if first_medium <= last_medium then
  -- Some of them may wait to be fetched.
  redis.call('ZADD', due, 'NX', now, media_due)
end
add(prices, first_price, last_price)
add(provider_ids, first_short, last_short)
for i = first_sent, last_sent do
  redis.call('RPUSH', sent, ARGV[i])
end
if first_sent <= last_sent then
  redis.call('LTRIM', sent, 0, 19)
  redis.call('PEXPIREAT', sent, now + sent_for)
end
for k = first_usage, last_usage do
  local use = first_use + 2 * (k - first_usage)
  local more, ends = tonumber(ARGV[use]), tonumber(ARGV[use + 1])
  if more > 0 and ends > now then
    local open = redis.call('PEXPIRETIME', KEYS[k])
    if open > now then
      more = more + counted(redis.call('MGET', KEYS[k])[1])
    end
    redis.call('SET', KEYS[k], string.format('%.0f', more), 'PXAT', string.format('%.0f', math.max(open, ends)))
  end
end
return {'taken in'}
