#!lua flags=allow-oom
-- Store the statuses that providers report for deliveries, in their order. A state only moves forward.

local events = KEYS.events                      -- stream: the event stream
local due = KEYS.due                            -- sorted set: what must happen -> when
local dead = KEYS.dead                          -- stream: dead letters
local forgotten = KEYS.forgotten                -- sorted set: hashes of what was forgotten -> until when they are known
local secret = KEYS.secret                      -- string: what the hashes are made with
local spent = KEYS.spent                        -- hash: what was spent today
local first_key, last_key = KEYS.conversations  -- for each conversation the states of its deliveries (hash), the lease of its
                                                -- outbox (hash), its outbox (list), what its deliveries cost (hash), the
                                                -- deliveries by providers' ids (hash), where it has moved (string)

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local keep_for = ARGV.keep_for                -- ms after which the states expire
local event_cap = ARGV.event_cap              -- about how many events are kept
local looks = ARGV.looks                      -- 'yes': nothing is written
local members, last_member = ARGV.members     -- the due members of the outboxes, each with its conversation
local first, past = ARGV.statuses             -- number of the conversation (1..n), the delivery, its new state, the provider's id,
                                              -- how it is priced and what it costs or '', then names and values of the event and of a dead
                                              -- letter, if it is one, each after their count

local keep_newest = SHARED.keep_newest  -- function: store a field of a hash that keeps the newest
local short_of = SHARED.short_of        -- function: the short form of a provider's id
local PROGRESS = SHARED.PROGRESS        -- table: how far each state is
local spend = SHARED.spend              -- function: add to what was spent today

-- Returns {'noted', for each status 1 if it is new, else 0; 2 and nothing is written if its conversation has moved}.

-- Commands that may fail come before the first write, because a stored state is not written again.
redis.call('XLEN', events)
redis.call('XLEN', dead)
redis.call('ZCARD', due)
redis.call('HLEN', spent)
local salt = redis.call('ZCARD', forgotten) > 0 and (redis.call('GET', secret) or '')
local own = {}
for k = first_key, last_key, 6 do
  local m = members + 2 * #own
  own[#own + 1] = { deliveries = KEYS[k], lease = KEYS[k + 1], outbox = KEYS[k + 2], prices = KEYS[k + 3],
    provider_ids = KEYS[k + 4], moved = redis.call('EXISTS', KEYS[k + 5]) == 1, member = ARGV[m], conversation = ARGV[m + 1], states = {}, priced = {} }
end

-- The fields of an event that a kept price becomes, in its order.
local PRICED = { 'billed', 'cost', 'country', 'sender', 'assistant' }

-- Whether a state says that the customer has the message.
local function has_arrived(state)
  return state == 'delivered' or state == 'read'
end

-- A status of a reply from before its customer was forgotten is dropped. A reply that was queued since is in the outbox
-- until its own state is stored.
local function is_forgotten(one, id)
  local till = redis.call('ZSCORE', forgotten, redis.sha1hex(salt .. one.conversation))
  if not till or tonumber(till) <= now then
    return false
  end
  for _, entry in ipairs(redis.call('LRANGE', one.outbox, 0, -1)) do
    local readable, delivery = pcall(cjson.decode, entry)
    if readable and type(delivery) == 'table' and delivery.id == id then
      return false
    end
  end
  return true
end

local reply = {'noted'}
local news, priced = {}, {}
local at = first
while at <= past do
  local one, id, state = own[tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2]
  local provider_id, price = ARGV[at + 3], ARGV[at + 4]
  local event, letter = at + 6, at + 7 + ARGV[at + 5]
  local stands = one.states[id]
  if stands == nil then
    stands = redis.call('HGET', one.deliveries, id)
    if not stands and salt and is_forgotten(one, id) then
      stands = ''
    end
  end
  local held = stands == 'unknown' and redis.call('HMGET', one.lease, 'holder', 'sending')
  local moved = one.moved and not stands
  local is_new = not moved and (not stands or PROGRESS[stands] ~= nil and PROGRESS[stands] < PROGRESS[state])
  one.states[id] = is_new and state or stands
  reply[#reply + 1] = moved and 2 or is_new and 1 or 0
  at = letter + ARGV[letter - 1]
  if is_new then
    local awaited = held and held[1] == '' and held[2] == '1'
    local billed = ''
    if price == '' then
      price = one.priced[id] or redis.call('HGET', one.prices, id) or ''
    else
      one.priced[id] = price
    end
    if has_arrived(state) and not has_arrived(stands) then
      -- Providers charge for what arrives, and name the price with an earlier or a later status too: it counts once.
      billed = price
    end
    news[#news + 1] = { one = one, id = id, state = state, awaited = awaited, event = event, letter = letter, next = at,
      billed = billed, provider_id = stands == 'unknown' and provider_id or '' }
  elseif price ~= '' and not moved and stands and stands ~= '' and not has_arrived(stands) and not one.priced[id]
    and redis.call('HEXISTS', one.prices, id) == 0 then
    -- That it was sent is known from the answer to the send, which names no price.
    one.priced[id] = price
    priced[#priced + 1] = { one = one, id = id, price = price }
  end
end

if looks == 'yes' then
  return reply
end
for _, known in ipairs(priced) do
  keep_newest(known.one.prices, known.id, known.price)
  redis.call('PEXPIREAT', known.one.prices, now + keep_for)
end

for _, new in ipairs(news) do
  local one = new.one
  if one.states[new.id] == new.state then
    -- Only the furthest of several states of a delivery is worth a write.
    keep_newest(one.deliveries, new.id, new.state)
    redis.call('PEXPIREAT', one.deliveries, now + keep_for)
    if one.priced[new.id] then
      keep_newest(one.prices, new.id, one.priced[new.id])
      redis.call('PEXPIREAT', one.prices, now + keep_for)
    end
  end
  if new.provider_id ~= '' then
    -- The answer to the send was lost; this is the first that is known of it.
    keep_newest(one.provider_ids, short_of(new.provider_id), new.id)
    redis.call('PEXPIREAT', one.provider_ids, now + keep_for)
  end
  if new.awaited then
    -- The outbox waits for this status: it is due now.
    redis.call('HSET', one.lease, 'until', now)
    redis.call('ZADD', due, 'XX', now, one.member)
  end
  local fields = { unpack(ARGV, new.event, new.letter - 2) }
  if new.billed ~= '' then
    local at, found = 0, {}
    for value in string.gmatch(new.billed .. ';', '([^;]*);') do
      at = at + 1
      if value ~= '' and PRICED[at] then
        found[PRICED[at]] = value
        fields[#fields + 1] = PRICED[at]
        fields[#fields + 1] = value
      end
    end
    local micros, currency = string.match(found.cost or '', '^(%d+) (%u+)$')
    if micros then
      spend(spent, now, currency, found.sender or '', micros)
    end
  end
  redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(fields))
  if new.letter < new.next then
    redis.call('XADD', dead, '*', unpack(ARGV, new.letter, new.next - 1))
  end
end
return reply
