-- EdgeHub, EdgeModule and ModuleTwin say how they are in one condition, Ready.
-- What its reasons mean: docs/reference/conditions.md in the repository of Selvedge.
local health = {
  Pending = "Progressing",
  WaitingForDependency = "Progressing",
  Stopped = "Suspended",
  OnHold = "Suspended",
  WaitingForWindow = "Suspended",
  -- What runs on a node that is cut off goes on. It must neither turn a fleet red nor hold back the next sync wave.
  NodeUnreachable = "Healthy",
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
