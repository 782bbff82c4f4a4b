#!lua
-- Put the content of a dead letter back into its queue, once.

local dead = KEYS.dead      -- stream: dead letters
local target = KEYS.target  -- the queue: the intake (stream), a mailbox or an outbox (list), the media of a conversation (hash)
local due = KEYS.due        -- sorted set: what must happen -> when
local events = KEYS.events  -- stream: the event stream

local id = ARGV.id                            -- the letter
local member = ARGV.member                    -- the due member of the target
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local raw = ARGV.raw                          -- its content
local source = ARGV.source                    -- the endpoint of a body, '' for an entry of a list
local field = ARGV.field                      -- which medium, '' for anything else
local keep_for = ARGV.keep_for                -- ms after which what is known of media expires
local event_cap = ARGV.event_cap              -- about how many events are kept
local first_change, last_change = ARGV.event  -- names and values of the event

-- Returns {'revived'} or {'gone'} if the letter does not exist any more. The queue is due at once: the sweep wakes it.

-- Commands that may fail come before the letter is removed.
redis.call('ZCARD', due)
redis.call('XLEN', events)
redis.call(source ~= '' and 'XLEN' or field ~= '' and 'HLEN' or 'LLEN', target)
if redis.call('XDEL', dead, id) == 0 then
  return {'gone'}
end
if source ~= '' then
  redis.call('XADD', target, '*', 'source', source, 'at', now, 'body', raw)
elseif field ~= '' then
  redis.call('HSET', target, field, raw)
  redis.call('PEXPIRE', target, keep_for)
else
  redis.call('RPUSH', target, raw)
end
redis.call('ZADD', due, 'NX', now, member)
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
return {'revived'}
