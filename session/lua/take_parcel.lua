#!lua flags=allow-oom
-- Return what comes from a merged conversation, or count that its turn has waited for it.

local lease = KEYS.lease      -- hash: who takes the turn
local merging = KEYS.merging  -- hash: id of a merge -> what comes with it

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local id = ARGV.id                            -- of the merge
local most = tonumber(ARGV.most)              -- how often the turn waits
local keep_for = ARGV.keep_for                -- ms after which it is forgotten that it has waited

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'parcel', what comes; '' if it has been taken before}, {'waits', how often}, {'late'} if it has waited often enough,
-- or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end
local parcel = redis.call('HGET', merging, id)
if parcel and parcel ~= 'late' then
  return {'parcel', parcel}
end
local waits = redis.call('HINCRBY', merging, id .. ':waits', 1)
if waits > most then
  redis.call('HSET', merging, id, 'late')
end
if redis.call('PEXPIRETIME', merging) == -1 and redis.call('HLEN', merging) <= 2 then
  redis.call('PEXPIREAT', merging, now + keep_for)
end
if waits > most then
  return {'late'}
end
return {'waits', waits}
