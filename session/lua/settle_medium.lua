#!lua flags=allow-oom
-- Write what became of a medium: it is kept, it has failed, or it is to be fetched later. A turn that waited for it is due at once.

local lease = KEYS.lease            -- hash: who fetches
local media = KEYS.media            -- hash: what becomes of the media
local alias = KEYS.alias            -- string: where the customer is now
local turn_lease = KEYS.turn_lease  -- hash: who takes the turn
local session = KEYS.session        -- string: the session as JSON
local mailbox = KEYS.mailbox        -- list: messages and actions that wait for a turn
local outbox = KEYS.outbox          -- list: deliveries that wait
local due = KEYS.due                -- sorted set: what must happen -> when
local dead = KEYS.dead              -- stream: dead letters
local counters = KEYS.counters      -- hash: the counters

local fence = ARGV.fence                        -- the caller's fence
local holder = ARGV.holder                      -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW    -- ms since the epoch, by the clock of the server
local field = ARGV.field                        -- which medium
local record = ARGV.record                      -- what became of it
local kept_as = ARGV.kept_as                    -- its key in the media store, '' if it is not there
local turn_due = ARGV.turn_due                  -- due member: a turn must be taken
local wake_after = ARGV.wake_after              -- ms after which the sweep wakes again if a wake-up is lost
local first_letter, last_letter = ARGV.letters  -- dead letters, each a count of fields, then names and values
local first_count, last_count = ARGV.counts     -- counters and their increments

local refusal = SHARED.refusal            -- function: the answer to a caller who has lost the lease, else nil
local keep_letters = SHARED.keep_letters  -- function: add the dead letters of a list
local still_waits = SHARED.still_waits    -- function: whether one of these media still waits
local end_wait = SHARED.end_wait          -- function: let a turn that waits be taken at once
local MEDIUM_WAITS = SHARED.MEDIUM_WAITS  -- pattern: a record whose medium is to be fetched

-- Returns {'settled', 1 if a turn must be woken, else 0}, {'stale', fence of the present holder}, or {'gone', 1 if its object in the media store belongs to
-- another medium or a file, else 0}: the customer was forgotten meanwhile, or has moved. Then it is fetched again there, and nobody knows here which objects of this
-- folder other media have there.

if redis.call('HEXISTS', media, field) == 0 then
  local used = redis.call('EXISTS', alias)
  for _, records in ipairs({redis.call('HVALS', media), redis.call('MGET', session),
    redis.call('LRANGE', mailbox, 0, -1), redis.call('LRANGE', outbox, 0, -1)}) do
    for _, record in ipairs(records) do
      if kept_as ~= '' and record and string.find(record, kept_as, 1, true) then
        used = 1
      end
    end
  end
  return {'gone', used}
end
local refused = refusal(lease, fence, holder)
if refused then
  return refused
end
redis.call('XLEN', dead)
redis.call('ZCARD', due)

-- A repeated call counts nothing, and keeps no letter once more.
if string.find(redis.call('HGET', media, field), MEDIUM_WAITS) then
  for i = first_count, last_count, 2 do
    redis.pcall('HINCRBY', counters, ARGV[i], ARGV[i + 1])
  end
  keep_letters(dead, first_letter, last_letter)
end
redis.call('HSET', media, field, record)
local waits = redis.pcall('HGET', turn_lease, 'waits')
if type(waits) == 'string' and not still_waits(media, waits)
  and end_wait(turn_lease, due, turn_due, now, wake_after, 'waits') then
  return {'settled', 1}
end
return {'settled', 0}
