#!lua flags=allow-oom
-- End an alias: the name belongs to a customer of its own from now on.

local alias = KEYS.alias  -- string: where the name leads, JSON
local names = KEYS.names  -- set: names that led here before

local was = ARGV.was  -- the alias as the caller read it

-- Returns {'cut', 1} or {'cut', 0} if it is another one by now, or none.

if redis.call('GET', alias) ~= was then
  return {'cut', 0}
end
redis.call('DEL', alias, names)
return {'cut', 1}
