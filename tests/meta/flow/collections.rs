// SPDX-License-Identifier: Apache-2.0
// What Rust allocates for boxes and collections: "makes" as in containers.cc.
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

pub struct Item {
    pub key: u64,
    pub weight: [f64; 3],
}

#[inline(never)]
pub fn make_box(n: u64) -> Box<Item> {
    Box::new(Item { key: n, weight: [0.0; 3] }) // makes collections::Item
}
#[inline(never)]
pub fn make_vec(n: usize) -> Vec<Item> {
    Vec::with_capacity(n) // makes collections::Item
}
#[inline(never)]
pub fn push(v: &mut Vec<Item>, n: u64) {
    v.push(Item { key: n, weight: [0.0; 3] }) // makes collections::Item
}
#[inline(never)]
pub fn make_rc(n: u64) -> Rc<Item> {
    Rc::new(Item { key: n, weight: [0.0; 3] }) // makes alloc::rc::Rc
}
#[inline(never)]
pub fn make_arc(n: u64) -> Arc<Item> {
    Arc::new(Item { key: n, weight: [0.0; 3] }) // makes alloc::sync::ArcInner<collections::Item>
}
#[inline(never)]
pub fn insert(m: &mut HashMap<u64, Item>, n: u64) {
    m.insert(n, Item { key: n, weight: [0.0; 3] }); // makes (u64, collections::Item)
}
#[inline(never)]
pub fn tree(m: &mut BTreeMap<u64, Item>, n: u64) {
    m.insert(n, Item { key: n, weight: [0.0; 3] }); // makes alloc::collections::btree::node::
}
#[inline(never)]
pub fn queue(q: &mut VecDeque<Item>, n: u64) {
    q.push_back(Item { key: n, weight: [0.0; 3] }); // makes collections::Item
}
#[inline(never)]
pub fn text(s: &str) -> String {
    s.to_string() // makes u8
}
#[inline(never)]
pub fn join(s: &str, n: u64) -> String {
    format!("{} and {}", s, n) // makes u8
}

fn main() {
    let b = make_box(1);
    let mut v = make_vec(10);
    for i in 0..20 {
        push(&mut v, i);
    }
    let r = make_rc(2);
    let a = make_arc(3);
    let mut m = HashMap::new();
    insert(&mut m, 4);
    let mut t = BTreeMap::new();
    tree(&mut t, 5);
    let mut q = VecDeque::new();
    queue(&mut q, 6);
    let s = text("hello");
    let j = join(&s, b.key + r.key + a.key + v.len() as u64);
    println!("{} {} {}", j, m.len() + t.len(), q.len());
}
