#!lua flags=no-writes
-- Read the entries of a mailbox that came after those that a turn has.

local lease = KEYS.lease                -- hash: who takes the turn
local mailbox = KEYS.mailbox            -- list: waiting messages and actions, oldest first
local media = KEYS.media                -- hash: what becomes of its media
local provider_ids = KEYS.provider_ids  -- hash: short form of a provider's id -> delivery id

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local taken = ARGV.taken                      -- entries that the turn has
local limit = tonumber(ARGV.limit)            -- the most entries to return

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

local media_of = SHARED.media_of      -- function: what is known of the media of messages
local pointed_at = SHARED.pointed_at  -- function: the replies that messages point at

-- Returns {'more', the present time in ms, what is known of their media, {provider's id, delivery, ...} of the replies that
-- they point at, entry, ...} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end
local more = redis.call('LRANGE', mailbox, taken, taken + limit - 1)
return {'more', now, media_of(media, more, ''), pointed_at(provider_ids, more), unpack(more)}
