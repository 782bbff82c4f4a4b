#!lua flags=allow-oom
-- Count a send in doubt of a sender, also on a full server: what was accepted must come to its end.

local doubts = KEYS.doubts  -- string: its sends in doubt in the last minutes

local within = ARGV.within  -- ms after which the count ends

-- Returns {'counted', sends in doubt}.

local counted = redis.call('INCR', doubts)
redis.call('PEXPIRE', doubts, within)
return {'counted', counted}
