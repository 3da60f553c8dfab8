-- EdgeHub, EdgeModule and ModuleTwin say how they are in one condition, Ready.
-- What its reasons mean: docs/reference/conditions.md in the repository of Selvedge.
local health = {
  Pending = "Progressing",
  WaitingForDependency = "Progressing",
  Stopped = "Suspended",
  -- What runs goes on: on a node that is cut off or looked after, and where a change waits for its hour. None must turn a fleet red or hold back a sync wave.
  OnHold = "Healthy",
  WaitingForWindow = "Healthy",
  NodeUnreachable = "Healthy",
  NodeCordoned = "Healthy",
}

local waiting = { status = "Progressing", message = "waits for the operator to look at this generation" }

if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return waiting
end
for _, condition in ipairs(obj.status.conditions or {}) do
  if condition.type == "Ready" then
    if condition.status == "True" then
      return { status = "Healthy", message = condition.message }
    end
    return { status = health[condition.reason] or "Degraded", message = condition.reason .. ": " .. condition.message }
  end
end
return waiting
