-- Append events to a turn's log and announce them, in one step.
-- KEYS[1] log   ARGV: channel, ttl in ms, '1' to make the log if it is gone, attempt, first seq,
--                     the command that announces, the position that must be there before ('' for
--                     any), then kind and frames of each entry.
-- Answers 'ok', 'lost' (the log or its end is gone: re-seed it) or 'fenced' (a newer attempt has
-- written).
-- An id that is there already is this writer's own append, sent again: it counts as done.
if ARGV[7] ~= '' then
  -- A replica that became the primary may lack what was appended last.
  local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  if not newest then return 'lost' end
  if newest[1] ~= ARGV[7] then
    local attempt, seq = string.match(newest[1], '(%d+)-(%d+)')
    local wanted, before = string.match(ARGV[7], '(%d+)-(%d+)')
    local behind = tonumber(attempt) - tonumber(wanted)
    if behind < 0 or (behind == 0 and tonumber(seq) < tonumber(before)) then return 'lost' end
  end
end
local announced, first, last = {}, nil, nil
for i = 8, #ARGV, 2 do
  local id = ARGV[4] .. '-' .. string.format('%d', tonumber(ARGV[5]) + (i - 8) / 2)
  local added
  if ARGV[3] == '1' then
    added = redis.pcall('XADD', KEYS[1], id, 'k', ARGV[i], 'f', ARGV[i + 1])
  else
    added = redis.pcall('XADD', KEYS[1], 'NOMKSTREAM', id, 'k', ARGV[i], 'f', ARGV[i + 1])
  end
  if not added then
    return 'lost'
  elseif type(added) == 'table' and added.err then
    -- Only an id that does not grow tells of another writer. A full Redis refuses everything.
    if not string.find(added.err, 'equal or smaller', 1, true) then
      return added
    elseif #redis.call('XRANGE', KEYS[1], id, id) == 0 then
      return 'fenced'
    end
  else
    first, last = first or id, id
    announced[#announced + 1] = ARGV[i + 1]
    if ARGV[i] ~= '' then announced.kind = ARGV[i] end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if first and ARGV[1] ~= '' then
  redis.call(ARGV[6], ARGV[1], first .. ' ' .. last .. ' ' .. (announced.kind or '') .. '\n'
    .. table.concat(announced))
end
return 'ok'
