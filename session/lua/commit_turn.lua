#!lua flags=allow-oom
-- Commit a turn: write the session, drop the consumed messages, queue the replies, count the uses of limits, write the event;
-- then return the next messages, or release the lease: also until the customer has been quiet, if what is left gathers. A caller
-- who sends takes the outbox too if nothing waits in it.

local lease = KEYS.lease                     -- hash: who takes the turn
local session = KEYS.session                 -- string: the session as JSON
local mailbox = KEYS.mailbox                 -- list: waiting messages and actions, oldest first
local outbox = KEYS.outbox                   -- list: waiting deliveries, oldest first
local due = KEYS.due                         -- sorted set: what must happen -> when
local fences = KEYS.fences                   -- counter: the last fence given out
local events = KEYS.events                   -- stream: the event stream
local dead = KEYS.dead                       -- stream: dead letters
local opt_out = KEYS.opt_out                 -- string: when the customer opted out, in ms
local stop = KEYS.stop                       -- string: which replies are not sent, those of agents too
local silence = KEYS.silence                 -- string: which replies of the assistant are not sent
local waiting = KEYS.waiting                 -- sorted set: conversation for an agent -> since when
local steps = KEYS.steps                     -- hash: what turns that have not ended have done
local delivery_lease = KEYS.delivery_lease   -- hash: who sends
local paused = KEYS.paused                   -- hash: sender -> why nothing is sent through it
local deliveries = KEYS.deliveries           -- hash: delivery id -> its state
local provider_ids = KEYS.provider_ids       -- hash: short form of a provider's id -> delivery id
local marketing = KEYS.marketing             -- string: what the customer wishes about marketing messages, as JSON
local media = KEYS.media                     -- hash: what becomes of its media
local timers = KEYS.timers                   -- hash: name -> what the assistant has planned
local spent = KEYS.spent                     -- hash: what was spent today
local first_usage, last_usage = KEYS.usages  -- for each limit: uses counted; its expiry is the end of the window

local fence = ARGV.fence                                -- the caller's fence
local holder = ARGV.holder                              -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW            -- ms since the epoch, by the clock of the server
local lease_for = ARGV.lease_for                        -- ms after which the lease expires if the caller continues
local record = ARGV.record                              -- the session as JSON, '' if none is written
local forget_at = ARGV.forget_at                        -- when the session is forgotten, in ms
local consumed = tonumber(ARGV.consumed)                -- entries taken from the head of the mailbox
local idle_timeout_at = tonumber(ARGV.idle_timeout_at)  -- when the session changes if nothing happens, in ms; 0: never
local wake_after = ARGV.wake_after                      -- ms after which the sweep wakes again if a wake-up is lost
local limit = tonumber(ARGV.limit)                      -- messages of the next turn, at most; 0: release the lease
local turn_due = ARGV.turn_due                          -- due member: a turn must be taken
local deliver_due = ARGV.deliver_due                    -- due member: replies must be sent
local idle_timeout_due = ARGV.idle_timeout_due          -- due member: the idle time-out of the session
local event_cap = ARGV.event_cap                        -- about how many events are kept
local consent = ARGV.consent                            -- 'out' if the customer opts out, 'in' if the customer opts in again, '' for neither
local wish = ARGV.wish                                  -- what the customer wishes about marketing messages from now on, '' if that is no news
local agents = ARGV.agents                              -- 'yes' if the turn concerns agents: a wait, a takeover or their end; else 'no'. The next four are for that
local conversation = ARGV.conversation                  -- as `waiting` names it
local waits_since = ARGV.waits_since                    -- since when it waits for an agent, in ms; '': it does not wait
local silence_change = ARGV.silence_change              -- 'begins' or 'ends'; '': neither
local silence_for = ARGV.silence_for                    -- ms after which the silence expires
local courier = ARGV.courier                            -- the id under which the caller sends the replies; '': it does not. The next two are for that
local send_for = ARGV.send_for                          -- ms after which the lease of the outbox expires
local garbage = ARGV.garbage                            -- ms after which Redis may remove an abandoned lease
local timer_due = ARGV.timer_due                        -- due member: timers ring. The next one is for that
local keep_timers_for = ARGV.keep_timers_for            -- ms for which a timer is kept after it was due
local sender = ARGV.sender                              -- through which the assistant has said something. The next one is for that
local said = tonumber(ARGV.said)                        -- how many messages it has said that are billed
local first_reply, last_reply = ARGV.replies            -- deliveries as JSON, in order
local first_change, last_change = ARGV.event            -- names and values of the event
local first_use, last_use = ARGV.uses                   -- for each limit how many uses to count, and the length of a window that begins now, in ms
local steps_stay = ARGV.steps_stay                      -- 'yes' if messages are open, whose steps are still wanted; else 'no'
local first_done, last_done = ARGV.finished             -- fields of steps that end with this turn
local first_timer, last_timer = ARGV.timer_changes      -- names of timers and their records, '' for one that is removed
local first_letter, last_letter = ARGV.letters          -- dead letters, each a count of fields, then names and values

local refusal = SHARED.refusal            -- function: the answer to a caller who has lost the lease, else nil
local keep_letters = SHARED.keep_letters  -- function: add the dead letters of a list
local counted = SHARED.counted            -- function: the value of a counter
local STOPPED_BY = SHARED.STOPPED_BY      -- pattern: the STOP that waits for its turn
local ALL = SHARED.ALL                    -- the silence that covers all replies
local silences = SHARED.silences          -- function: whether an entry of a mailbox silences the assistant
local what_was_said = SHARED.what_was_said  -- function: what is known of the replies
local media_of = SHARED.media_of            -- function: what is known of the media of messages
local burst_of = SHARED.burst_of            -- function: what a lease says of a burst
local make_timers_due = SHARED.make_timers_due  -- function: make timers due when the earliest rings
local spend = SHARED.spend                -- function: add to what was spent today
local SAID = SHARED.SAID                  -- the unit of what assistants have said

-- Returns {'stale', fence of the present holder} and has written nothing, or {'committed', 1 if a delivery must
-- be woken, else 0, or {fence, the present time in ms, the silence or '', the stop or ''} if the caller sends it, messages left,
-- fence of the next turn or 0, the present time in ms, deliveries that wait, what is known of the replies, the wish or '', what is known of the media, {name, timer, ...}, for each limit uses counted and the end
-- of its window, how many values of steps follow, field, value, ..., message, ...}. A fence of 0 says that the lease was released; what
-- follows it is in how many ms the turn of what is left is due, 0: a wake-up must be published.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

-- Commands that may fail come before the first write: a turn is written completely or not at all.
redis.call('LLEN', mailbox)
local unsent = redis.call('LLEN', outbox)
redis.call('ZCARD', due)
redis.call('XLEN', events)
redis.call('ZCARD', waiting)
redis.call('XLEN', dead)
redis.call('HLEN', steps)
redis.call('STRLEN', stop)
redis.call('HLEN', spent)
if first_timer <= last_timer then
  redis.call('HLEN', timers)
end
-- Whatever waits already, is in doubt, or may not be sent now is looked at by those who take the outbox.
local hands_over = courier ~= '' and first_reply <= last_reply and unsent == 0
  and redis.call('HLEN', delivery_lease) + redis.call('HLEN', paused) == 0
if hands_over then
  local silenced = redis.call('GET', silence) or ''
  hands_over = silenced == ALL or string.find(silenced, '^%d*$') ~= nil
end

if record ~= '' then
  redis.call('SET', session, record, 'PXAT', forget_at)
  if idle_timeout_at > 0 then
    redis.call('ZADD', due, idle_timeout_at, idle_timeout_due)
  else
    redis.call('ZREM', due, idle_timeout_due)
  end
end
redis.call('LTRIM', mailbox, consumed, -1)
if consent == 'out' then
  redis.call('SET', opt_out, now)
elseif consent == 'in' then
  redis.call('DEL', opt_out)
end
if wish ~= '' then
  redis.call('SET', marketing, wish)
end

-- A STOP ends with its turn. If this was its turn, replies of this and later turns may be sent again.
local stopped_by = string.match(redis.call('GET', stop) or '', STOPPED_BY)
if stopped_by then
  local waits = false
  for _, entry in ipairs(redis.call('LRANGE', mailbox, 0, -1)) do
    waits = waits or string.find(entry, '"id":"' .. stopped_by .. '"', 1, true) ~= nil
  end
  if not waits then
    redis.call('SET', stop, fence, 'KEEPTTL')
  end
end

for k = first_usage, last_usage do
  local use = first_use + 2 * (k - first_usage)
  local more = tonumber(ARGV[use])
  if more > 0 then
    local sum = redis.call('PEXPIRETIME', KEYS[k]) > now and redis.pcall('INCRBY', KEYS[k], more)
    if type(sum) ~= 'number' then
      -- No window is open, or the stored value is not a number: a window begins.
      redis.call('SET', KEYS[k], more, 'PXAT', now + ARGV[use + 1])
    end
  end
end

if said > 0 then
  spend(spent, now, SAID, sender, said)
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
if agents == 'yes' then
  if waits_since ~= '' then
    redis.call('ZADD', waiting, waits_since, conversation)
  else
    redis.call('ZREM', waiting, conversation)
  end
  local all = redis.pcall('GET', silence) == ALL
  if silence_change == 'begins' or silence_change == 'ends' and all then
    local upto = fence
    for _, entry in ipairs(all and redis.call('LRANGE', mailbox, 0, -1) or {}) do
      if silences(entry) then
        -- A later action in the mailbox has silenced the assistant too; its own turn ends that.
        upto = ALL
      end
    end
    redis.call('SET', silence, upto, 'PXAT', now + silence_for)
  end
end
keep_letters(dead, first_letter, last_letter)
for i = first_timer, last_timer, 2 do
  redis.call(ARGV[i + 1] == '' and 'HDEL' or 'HSET', timers, ARGV[i], ARGV[i + 1])
end
if first_timer <= last_timer then
  make_timers_due(timers, due, timer_due, now, keep_timers_for)
end

local delivery = 0
if first_reply <= last_reply then
  redis.call('RPUSH', outbox, unpack(ARGV, first_reply, last_reply))
  if hands_over and redis.call('EXISTS', opt_out) == 0 then
    -- From now on the first reply counts as being sent.
    delivery = { redis.call('INCR', fences), now, redis.call('GET', silence) or '', redis.call('GET', stop) or '' }
    redis.call('HSET', delivery_lease, 'fence', delivery[1], 'holder', courier, 'until', now + send_for, 'attempts', 1,
      'sending', 1, 'doubts', 0)
    redis.call('PEXPIREAT', delivery_lease, now + garbage)
    redis.call('ZADD', due, now + send_for, deliver_due)
  else
    delivery = redis.call('ZADD', due, 'NX', now + wake_after, deliver_due)
  end
end
if first_done <= last_done then
  redis.call('HDEL', steps, unpack(ARGV, first_done, last_done))
end
local left = redis.call('LLEN', mailbox)
if left == 0 then
  redis.call('DEL', lease, steps_stay == 'no' and steps or lease)
  redis.call('ZREM', due, turn_due)
  return {'committed', delivery, 0, 0, 0}
end
local held = redis.call('HMGET', lease, 'crashes', 'gathers', 'suspects')
local till, _, gathered = burst_of(held[2])
-- Something that was there before the burst, or does not gather, is not kept waiting by it.
local gathers = till and till > now and left <= gathered
if limit == 0 or gathers then
  redis.call('DEL', lease)
  if gathers then
    redis.call('HSET', lease, 'gathers', held[2])
  end
  -- If the process of this turn died before, the cause may be among what waited then: that is taken alone too.
  local crashes, suspects = tonumber(held[1] or 0), tonumber(held[3] or 0) - consumed
  crashes = suspects > 0 and crashes > 1 and crashes or 0
  if gathers or crashes > 0 then
    redis.call('HSET', lease, 'holder', '', 'until', gathers and till or now, 'attempts', 0, 'crashes', crashes, 'suspects', suspects)
    redis.call('PEXPIREAT', lease, now + garbage)
  end
  redis.call('ZADD', due, gathers and till or now + wake_after, turn_due)
  return {'committed', delivery, left, 0, gathers and till - now or 0}
end

-- The next turn has a new fence: if this commit is repeated because its answer was lost, it must be stale.
local next_fence = redis.call('INCR', fences)
till = now + lease_for
redis.call('HSET', lease, 'fence', next_fence, 'until', till, 'attempts', 1, 'crashes', 0, 'alone', '')
redis.call('HDEL', lease, 'gathers')
redis.call('ZADD', due, till, turn_due)
local following = redis.call('LRANGE', mailbox, 0, limit - 1)
unsent = redis.call('LLEN', outbox)
local known = what_was_said(deliveries, provider_ids, outbox, silence, stop, unsent, following)
-- If a key has a wrong type, the next call that takes the turn finds that.
local planned = redis.pcall('HGETALL', timers)
local reply = {'committed', delivery, left, next_fence, now, unsent, known, redis.call('MGET', marketing)[1] or '',
  media_of(media, following, ''), planned.err and {} or planned}
for k = first_usage, last_usage do
  reply[#reply + 1] = counted(redis.call('MGET', KEYS[k])[1])
  reply[#reply + 1] = math.max(0, redis.call('PEXPIRETIME', KEYS[k]))
end
local done = redis.pcall('HGETALL', steps)
reply[#reply + 1] = #done
for _, part in ipairs(done) do
  reply[#reply + 1] = part
end
for _, entry in ipairs(following) do
  reply[#reply + 1] = entry
end
return reply
