#!lua flags=allow-oom
-- Put messages into their mailboxes, drop those with a known id, and say which conversations must be woken. One dead letter
-- counts what a full mailbox does not take. A STOP cancels all replies that are not sent yet, those of agents too.
-- A drainer of the intake also has the bodies removed from which the messages came, and keeps dead letters of what is unreadable.

local due = KEYS.due                            -- sorted set: what must happen -> when
local counters = KEYS.counters                  -- hash: the counters
local forgotten = KEYS.forgotten                -- sorted set: hashes of what was forgotten -> until when they are known
local secret = KEYS.secret                      -- string: what the hashes are made with
local events = KEYS.events                      -- stream: the event stream
local dead = KEYS.dead                          -- stream: dead letters
local lease = KEYS.lease                        -- hash: who drains the intake
local intake = KEYS.intake                      -- stream: raw bodies, oldest first
local fences = KEYS.fences                      -- counter: the last fence given out
local agents = KEYS.agents                      -- sorted set: conversations that an agent has, or should have -> since when
local first_key, last_key = KEYS.conversations  -- for each conversation its mailbox (list), its seen ids (sorted set), the dead
                                                -- letter that counts what a full mailbox did not take (string), its STOP (string),
                                                -- the lease of its turn (hash), its media (hash), where it has moved (string),
                                                -- other names of its customer (set), its session (string)

local now = tonumber(ARGV.now) or SHARED.NOW    -- ms since the epoch, by the clock of the server
local wake_after = ARGV.wake_after              -- ms after which the sweep wakes again if a wake-up is lost
local keep = tonumber(ARGV.keep)                -- ids that are remembered for a conversation
local seen_for = ARGV.seen_for                  -- ms after which the remembered ids, a STOP and media that wait expire
local oldest = tonumber(ARGV.oldest)            -- when the oldest body that is being drained came, in ms
local most = tonumber(ARGV.most)                -- the most messages that wait in a mailbox
local letter_for = ARGV.letter_for              -- ms for which a new dead letter counts further messages
local event_cap = ARGV.event_cap                -- about how many events are kept
local fence = ARGV.fence                        -- the fence of the drainer; '' if no bodies are handled. The next three are for that
local holder = ARGV.holder                      -- the id of the drainer
local member = ARGV.member                      -- the due member of the intake
local gather_at_most = ARGV.gather_at_most      -- ms for which the first message of a burst waits at most
local go_on = ARGV.go_on                        -- 'yes' if the drainer takes the next bodies, else 'no'
local members, last_member = ARGV.members       -- for each conversation the due member of its turn, its name, the due member of its media
local first, past = ARGV.messages               -- number of the conversation (1..n), message id, message, when it came
                                                -- in ms, the counter of its waiting time, and 'out' if it is a STOP, 'in' if it is a
                                                -- START, else '': these two are kept by a full mailbox too; the records of its media
                                                -- that are to be fetched, or ''; the other names that it shows of its customer, with
                                                -- blanks between them; and for how many ms a turn waits for further ones after it, 0:
                                                -- it is due at once, and also if it is negative and options are offered as numbers
local first_id, last_id = ARGV.handled          -- the ids of the bodies that were handled
local first_letter, last_letter = ARGV.letters  -- dead letters, each a count of fields, then names and values

local as_table = SHARED.as_table          -- function: the fields of a stream entry by name
local tell_holder = SHARED.tell_holder    -- function: tell the process that takes a turn
local note_media = SHARED.note_media      -- function: note media that are to be fetched
local end_wait = SHARED.end_wait          -- function: let a turn that waits be taken at once
local burst_of = SHARED.burst_of          -- function: what a lease says of a burst
local refusal = SHARED.refusal            -- function: the answer to a caller who has lost the lease, else nil
local keep_letters = SHARED.keep_letters  -- function: add the dead letters of a list
local ALL = SHARED.ALL                    -- the silence that covers all replies
local OFFERED = SHARED.OFFERED            -- the part of a session that says that options are offered as numbers

-- Returns {'received', accepted, duplicates, not taken, bodies left in the intake or 0, {number of a conversation whose messages have
-- begun to gather, in how many ms its turn is due, ...}, numbers of the conversations to wake...; negative where media are to be fetched} or {'stale', fence of the present holder}. If conversations have moved, or a name is
-- not known to be one of their customer, nothing is written, and it returns {'unresolved', numbers of these conversations...}. The lease is released if no bodies are left or the drainer does not go on; else its
-- holder takes again.

local refused = fence ~= '' and refusal(lease, fence, holder)
if refused then
  return refused
end

-- A full mailbox takes a few more messages with a STOP or START.
local SPARE = 20
-- Commands that may fail come before an id is remembered, because a message with a known id is dropped.
redis.call('ZCARD', due)
redis.call('XLEN', intake)
redis.call('XLEN', dead)
redis.call('XLEN', events)
local salt = redis.call('ZCARD', forgotten) > 0 and (redis.call('GET', secret) or '')
local own, length, forget_at = {}, {}, now + seen_for
local n = (last_key - first_key + 1) / 9
local unresolved = {}
for c = 1, n do
  local k = first_key + 9 * (c - 1)
  own[c] = { mailbox = KEYS[k], seen = KEYS[k + 1], letter = KEYS[k + 2], stop = KEYS[k + 3], lease = KEYS[k + 4],
    media = KEYS[k + 5], names = KEYS[k + 7], session = KEYS[k + 8] }
  if redis.call('EXISTS', KEYS[k + 6]) == 1 then
    own[c].is_unresolved = true
    unresolved[#unresolved + 1] = c
  end
  length[c] = redis.call('LLEN', own[c].mailbox)
  redis.call('ZCARD', own[c].seen)
  redis.call('STRLEN', own[c].letter)
  redis.call('HLEN', own[c].media)
end

for i = first, past, 9 do -- A known message has been joined before; its names may be another customer's by now.
  local one = own[tonumber(ARGV[i])]
  for name in string.gmatch(one.is_unresolved and '' or ARGV[i + 7], '%S+') do
    if redis.call('SISMEMBER', one.names, name) == 0 and not redis.call('ZSCORE', one.seen, ARGV[i + 1]) then
      one.is_unresolved = true
      unresolved[#unresolved + 1] = tonumber(ARGV[i])
    end
  end
end
if #unresolved > 0 then
  return {'unresolved', unpack(unresolved)}
end

-- Whether a message was received before its customer was forgotten.
local function is_forgotten(id)
  local till = salt and redis.call('ZSCORE', forgotten, redis.sha1hex(salt .. id))
  return till and tonumber(till) > now
end

-- Whether a number is a tap. A session is looked at once.
local function offers(one)
  local record = one.offers == nil and redis.pcall('GET', one.session)
  one.offers = one.offers or type(record) == 'string' and string.find(record, OFFERED, 1, true) ~= nil
  return one.offers
end

local accepted, duplicates, over_full = 0, 0, 0
local touched, stopped, waiting, over, fetch, at_once, bursts = {}, {}, {}, {}, {}, {}, {}
for i = first, past, 9 do
  local c = tonumber(ARGV[i])
  if is_forgotten(ARGV[i + 1]) or redis.call('ZADD', own[c].seen, 'NX', ARGV[i + 3], ARGV[i + 1]) == 0 then
    duplicates = duplicates + 1
  elseif length[c] < most or ARGV[i + 5] ~= '' and length[c] < most + SPARE then
    redis.call('RPUSH', own[c].mailbox, ARGV[i + 2])
    length[c] = length[c] + 1
    accepted = accepted + 1
    waiting[ARGV[i + 4]] = (waiting[ARGV[i + 4]] or 0) + 1
    touched[c] = true
    local wait = tonumber(ARGV[i + 8])
    if wait == 0 or wait < 0 and offers(own[c]) then
      at_once[c], bursts[c] = true, nil
    else
      -- What has waited in the intake does not wait as long once more.
      local came = math.min(now, tonumber(ARGV[i + 3]))
      local burst = bursts[c] or { since = came, till = 0, count = 0 }
      bursts[c] = { since = burst.since, till = math.max(burst.till, came + math.abs(wait)), count = burst.count + 1 }
    end
    if ARGV[i + 6] ~= '' then
      note_media(own[c].media, ARGV[i + 6], forget_at)
      fetch[c] = true
    end
    if ARGV[i + 5] == 'out' then
      -- Until the turn of this message.
      stopped[c] = true
      redis.call('SET', own[c].stop, ALL .. ' ' .. ARGV[i + 1], 'PXAT', forget_at)
    end
  else
    over[c] = over[c] or { count = 0, raw = ARGV[i + 2] }
    over[c].count = over[c].count + 1
    over_full = over_full + 1
    touched[c] = true
  end
end

waiting.duplicates = duplicates > 0 and duplicates or nil
waiting.overflowed = over_full > 0 and over_full or nil
for counter, more in pairs(waiting) do
  redis.pcall('HINCRBY', counters, counter, more)
end

-- One letter for the duration of a flood: it is replaced by one with a higher count.
for c, flood in pairs(over) do
  local conversation, since = ARGV[members + 3 * c - 2], now
  local id = redis.call('GET', own[c].letter)
  -- If the stored value is not an id, a new letter begins.
  local before = id and redis.pcall('XRANGE', dead, id, id)[1]
  if before then
    local field = as_table(before[2])
    flood.count = flood.count + (tonumber(field.count) or 0)
    flood.raw, since = field.raw or flood.raw, field.at or since
    redis.call('XDEL', dead, id)
  else
    redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'conversation', conversation, 'at', now, 'overflow', most)
  end
  local why = string.format('%d messages waited: %d more were not kept, the first of them is here', most, flood.count)
  id = redis.call('XADD', dead, '*', 'kind', 'overflow', 'why', why, 'conversation', conversation, 'at', since,
    'count', flood.count, 'raw', flood.raw)
  redis.call('SET', own[c].letter, id, unpack(before and { 'KEEPTTL' } or { 'PXAT', now + letter_for }))
end

-- Let messages gather until their customer has been quiet; return in how many ms their turn is due if they begin to, else nil: it is
-- due at once or anyway. While a turn is in progress that is noted for its commit.
local function gather(lease, burst, turn_due, is_new, conversation)
  local held = redis.pcall('HMGET', lease, 'holder', 'until', 'gathers')
  local holder, till, latest, count = held[1], burst_of(held[3])
  -- Nobody takes its turn, or waits to be allowed to.
  local is_free = is_new and not held.err and not (holder or held[2])
  local gathers = till and holder == '' and tonumber(held[2]) == till and till > now
  if not (is_free or gathers or holder and holder ~= '') or redis.pcall('ZSCORE', agents, conversation) then
    return nil
  end
  latest = latest or burst.since + gather_at_most
  till = math.min(latest, math.max(till or 0, burst.till))
  if is_free and till <= now then return nil end
  redis.call('HSET', lease, 'gathers', string.format('%.0f %.0f %d', till, latest, (count or 0) + burst.count))
  if is_free or gathers then
    redis.call('HSET', lease, 'holder', '', 'until', till)
    redis.call('PEXPIREAT', lease, forget_at)
    redis.call('ZADD', due, till, turn_due)
  end
  return is_free and till - now or nil
end

local gathering = {}
local reply = {'received', accepted, duplicates, over_full, 0, gathering}
for c = 1, n do
  if touched[c] then
    local seen = own[c].seen
    -- All ids of the bodies that are being drained stay known: until the bodies are settled, they may be drained again.
    local more = math.min(redis.call('ZCARD', seen) - keep, redis.call('ZCOUNT', seen, '-inf', '(' .. oldest))
    if more > 0 then
      redis.call('ZREMRANGEBYRANK', seen, 0, more - 1)
    end
    redis.call('PEXPIREAT', seen, forget_at)
    local turn_due, conversation, turn = ARGV[members + 3 * (c - 1)], ARGV[members + 3 * c - 2], own[c].lease
    local is_new = redis.call('ZADD', due, 'NX', now + wake_after, turn_due) == 1
    local ended = stopped[c] and end_wait(turn, due, turn_due, now, wake_after, 'waits', 'gathers')
      or at_once[c] and end_wait(turn, due, turn_due, now, wake_after, 'gathers')
    local wait = bursts[c] and not (is_new and at_once[c]) and not ended
      and gather(turn, bursts[c], turn_due, is_new, conversation)
    if wait then
      gathering[#gathering + 1], gathering[#gathering + 2] = c, wait
    elseif is_new or ended then
      reply[#reply + 1] = c
    else
      tell_holder(turn, stopped[c] and 'stop' or 'message', conversation)
    end
    if fetch[c] and redis.call('ZADD', due, 'NX', now + wake_after, ARGV[members + 3 * c - 1]) == 1 then
      reply[#reply + 1] = -c
    end
  end
end

if fence ~= '' then
  for i = first_id, last_id do
    redis.call('XDEL', intake, ARGV[i])
  end
  keep_letters(dead, first_letter, last_letter)
  local left = redis.call('XLEN', intake)
  if left == 0 then
    redis.call('DEL', lease)
    redis.call('ZREM', due, member)
  elseif go_on == 'no' then
    redis.call('DEL', lease)
    redis.call('ZADD', due, now + wake_after, member)
  else
    -- If this call is repeated because its answer was lost, it must be stale: dead letters are not doubled.
    redis.call('HSET', lease, 'fence', redis.call('INCR', fences))
  end
  reply[5] = left
end
return reply
