from pydantic import BaseModel
from agents import RunContextWrapper, Agent, ModelSettings, TResponseInputItem, Runner, RunConfig, trace

class WriterContext:
  def __init__(self, state_drafts: str, state_tone: str) -> None:
    self.state_drafts = state_drafts
    self.state_tone = state_tone
def writer_instructions(run_context: RunContextWrapper[WriterContext], _agent: Agent[WriterContext]):
  state_drafts = run_context.context.state_drafts
  state_tone = run_context.context.state_tone
  return f"""Write draft {state_drafts} in a tone that is {state_tone}."""
writer = Agent(
  name="Writer",
  instructions=writer_instructions,
  model="gpt-4.1",
  model_settings=ModelSettings(
    store=True
  )
)


class WorkflowInput(BaseModel):
  input_as_text: str


# Main code entrypoint
async def run_workflow(workflow_input: WorkflowInput):
  with trace("Drafts"):
    state = {
      "drafts": 0,
      "rounds": 0,
      "tone": "plain"
    }
    workflow = workflow_input.model_dump()
    conversation_history: list[TResponseInputItem] = [
      {
        "role": "user",
        "content": [
          {
            "type": "input_text",
            "text": workflow["input_as_text"]
          }
        ]
      }
    ]
    state["rounds"] = 0
    while state["rounds"] < 2:
      state["drafts"] = state["drafts"] + 1
      writer_result_temp = await Runner.run(
        writer,
        input=[
          *conversation_history
        ],
        run_config=RunConfig(trace_metadata={
          "__trace_source__": "agent-builder",
          "workflow_id": "wf_drafts"
        }),
        context=WriterContext(
          state_drafts=state["drafts"],
          state_tone=state["tone"]
        )
      )

      conversation_history.extend([item.to_input_item() for item in writer_result_temp.new_items])

      writer_result = {
        "output_text": writer_result_temp.final_output_as(str)
      }
      state["rounds"] = state["rounds"] + 1
