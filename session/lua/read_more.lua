#!lua flags=no-writes
-- Read the entries of a mailbox that came after those that a turn has.

local lease = KEYS.lease      -- hash: who takes the turn
local mailbox = KEYS.mailbox  -- list: waiting messages and actions, oldest first

local fence = ARGV.fence            -- the caller's fence
local holder = ARGV.holder          -- the caller's id
local taken = ARGV.taken            -- entries that the turn has
local limit = tonumber(ARGV.limit)  -- the most entries to return

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'more', entry, ...} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end
return {'more', unpack(redis.call('LRANGE', mailbox, taken, taken + limit - 1))}
