"""An app with one empty stack."""

from cdktf import App, TerraformStack

app = App()
TerraformStack(app, "empty")
app.synth()
