//! A model that answers each request with sentences of our notes, in the shape that was asked for.

use domain::{Brief, Draft, LongText};
use llm::reply_schema::Dialect;
use testkit::{
    schema_filler,
    scripted_caller::{ScriptedCaller, writer},
};
use writer::Provider as _;

/// Analyzes and writes as the model writer does.
pub(super) async fn write(brief: Brief, text: Option<LongText>) -> Result<Draft, String> {
    let language = brief.language.interface();
    let caller = ScriptedCaller::new(|_, request| {
        schema_filler::write(&request.schema.json(Dialect::Full), language).to_string()
    });
    let (writer, text) = (writer(), text.as_ref());
    let analysis = writer.analyze(&caller, &brief, text).await.map_err(|e| e.to_string())?;
    writer.write(&caller, &brief, text, &analysis).await.map_err(|e| e.to_string())
}
