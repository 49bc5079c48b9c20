// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// A server for Benchmarks/serve: PORT THREADS.

use hyper::service::{make_service_fn, service_fn};
use hyper::{Body, Request, Response, Server};
use std::convert::Infallible;

static JSON: std::sync::OnceLock<String> = std::sync::OnceLock::new();

async fn answer(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let response = if request.uri().path() == "/json" {
        let json = JSON.get_or_init(|| format!("{{\"items\":[{}0]}}", "{\"id\":1,\"name\":\"abcdefgh\"},".repeat(378)));
        Response::builder().header("content-type", "application/json").body(Body::from(json.as_str()))
    } else {
        Response::builder().header("content-type", "text/plain; charset=utf-8").body(Body::from("Hello, world!"))
    };
    Ok(response.unwrap())
}

async fn serve(port: u16) {
    let service = make_service_fn(|_| async { Ok::<_, Infallible>(service_fn(answer)) });
    let address = ([127, 0, 0, 1], port).into();
    Server::bind(&address).tcp_nodelay(true).serve(service).await.unwrap();
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (port, threads): (u16, usize) = (arguments[1].parse().unwrap(), arguments[2].parse().unwrap());
    let runtime = if threads == 1 {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    } else {
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
    };
    runtime.unwrap().block_on(serve(port));
}
