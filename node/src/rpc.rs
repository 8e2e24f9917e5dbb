//! What the node answers by RPC beside the SDK's own namespaces.

use crate::dev::Control;
use crate::dev::rpc::DevApiServer;
use crate::parts::{Client, Pool};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_service::Error;
use sp_core::traits::SpawnNamed;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// Builds the namespaces, once for each server.
type Builder = Box<dyn Fn(Arc<dyn SpawnNamed>) -> Result<RpcModule<()>, Error>>;

/// Makes the modules: system and transaction payment, and `dev` on a development chain.
pub fn builder(client: Arc<Client>, pool: Arc<Pool>, dev: Option<Control>) -> Builder {
    Box::new(move |_| {
        module(client.clone(), pool.clone(), dev.clone()).map_err(|error| Error::Application(error.into()))
    })
}

fn module(
    client: Arc<Client>,
    pool: Arc<Pool>,
    dev: Option<Control>,
) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client).into_rpc())?;
    if let Some(control) = dev {
        module.merge(control.into_rpc())?;
    }
    Ok(module)
}
