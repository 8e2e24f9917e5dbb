//! The `dev` RPC namespace: pauses, steps and paces a development chain.

use super::{Control, Status};
use crate::cli::pace_from_seconds;
use jsonrpsee::Extensions;
use jsonrpsee::core::{RpcResult, async_trait};
use jsonrpsee::proc_macros::rpc;
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::types::error::INVALID_PARAMS_CODE;
use sc_rpc_api::check_if_safe;

/// The most blocks that one call may ask for.
const MAX_STEPS: u32 = 1_000;

/// Methods of a development chain. All but `dev_status` are unsafe: a node refuses them from outside.
#[rpc(server, namespace = "dev")]
pub trait DevApi {
    /// Where the chain stands.
    #[method(name = "status")]
    fn status(&self) -> RpcResult<Status>;

    /// Makes no more blocks.
    #[method(name = "pause", with_extensions)]
    fn pause(&self) -> RpcResult<Status>;

    /// Goes on.
    #[method(name = "resume", with_extensions)]
    fn resume(&self) -> RpcResult<Status>;

    /// Makes the next blocks at once, paused or not, and answers when they are made.
    #[method(name = "step", with_extensions)]
    async fn step(&self, blocks: u32) -> RpcResult<Status>;

    /// Sets the wall time of a period, in seconds; 0 is as fast as the workers follow.
    #[method(name = "setPace", with_extensions)]
    fn set_pace(&self, seconds: f64) -> RpcResult<Status>;
}

fn refused(reason: String) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(INVALID_PARAMS_CODE, reason, None::<()>)
}

#[async_trait]
impl DevApiServer for Control {
    fn status(&self) -> RpcResult<Status> {
        Ok(Control::status(self))
    }

    fn pause(&self, extensions: &Extensions) -> RpcResult<Status> {
        check_if_safe(extensions)?;
        self.wishes.send_modify(|wishes| {
            wishes.paused = true;
            wishes.steps = 0;
        });
        Ok(Control::status(self))
    }

    fn resume(&self, extensions: &Extensions) -> RpcResult<Status> {
        check_if_safe(extensions)?;
        self.wishes.send_modify(|wishes| wishes.paused = false);
        Ok(Control::status(self))
    }

    async fn step(&self, extensions: &Extensions, blocks: u32) -> RpcResult<Status> {
        check_if_safe(extensions)?;
        if blocks == 0 || blocks > MAX_STEPS {
            return Err(refused(format!("blocks must be 1 to {MAX_STEPS}")));
        }
        let mut status = self.status.subscribe();
        let goal = status.borrow().block.saturating_add(blocks);
        self.wishes.send_modify(|wishes| wishes.steps = wishes.steps.saturating_add(blocks));
        // The sender lives as long as this handler.
        let _ = status.wait_for(|status| status.block >= goal).await;
        Ok(Control::status(self))
    }

    fn set_pace(&self, extensions: &Extensions, seconds: f64) -> RpcResult<Status> {
        check_if_safe(extensions)?;
        let pace = pace_from_seconds(seconds).map_err(refused)?;
        self.wishes.send_modify(|wishes| wishes.pace = pace);
        Ok(Control::status(self))
    }
}
