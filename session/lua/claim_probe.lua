#!lua flags=allow-oom
-- Let one of those who wait on a paused line try whether it works again; the others wait for what comes of it.

local paused = KEYS[1]  -- hash: line -> why nothing is sent on it

local line    = ARGV[1]  -- the line
local was     = ARGV[2]  -- the pause as the caller knows it, as JSON
local becomes = ARGV[3]  -- the same, until others may try

-- Returns {'yours'}, {'over'} if the line is not paused any more, or {'theirs'} if somebody was quicker.

local stands = redis.call('HGET', paused, line)
if not stands then
  return {'over'}
end
if stands ~= was then
  return {'theirs'}
end
redis.call('HSET', paused, line, becomes)
return {'yours'}
