#!lua flags=allow-oom
-- Count one use against a limit, if it is allowed.

local usage = KEYS.usage  -- string: uses counted; its expiry is the end of the window

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local limit = tonumber(ARGV.limit)            -- uses allowed in a window
local window = ARGV.window                    -- length of a window that begins now, in ms
local uses = tonumber(ARGV.uses)              -- how many to count; 0: only read

-- Returns {'counted' or 'refused', uses counted, end of the window in ms or 0}.

local ends = redis.call('PEXPIRETIME', usage)
local used = 0
if ends > now then
  used = tonumber(string.match(redis.call('MGET', usage)[1] or '', '^%d+$'))
  if not used then
    -- The stored value is not a number: a window begins.
    used, ends = 0, 0
  end
else
  ends = 0
end
if used + uses > limit then
  return {'refused', used, ends}
end
if uses == 0 then
  return {'counted', used, ends}
end
if ends > 0 then
  return {'counted', redis.call('INCRBY', usage, uses), ends}
end
redis.call('SET', usage, uses, 'PXAT', now + window)
return {'counted', uses, now + window}
