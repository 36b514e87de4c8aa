// SPDX-License-Identifier: Apache-2.0
// What Rust allocates for boxes and collections: "makes" as in containers.cc.
use std::cell::RefCell;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

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
pub fn make_rc_slice(v: &[u32]) -> Rc<[u32]> {
    Rc::from(v) // makes alloc::rc::RcBox<[u32]>
}
#[inline(never)]
pub fn make_rc_items(v: Vec<Item>) -> Rc<[Item]> {
    v.into_iter().collect() // makes alloc::rc::RcBox<[collections::Item]>
}
#[inline(never)]
pub fn make_rc_text(s: &str) -> Rc<str> {
    Rc::from(s) // makes alloc::rc::RcBox<[u8]>
}
#[inline(never)]
pub fn make_arc_text(s: &str) -> Arc<str> {
    Arc::from(s) // makes alloc::sync::ArcInner<[u8]>
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

pub trait Shape {
    fn area(&self) -> f64;
}
pub struct Square {
    side: f64,
    name: u32,
}
impl Shape for Square {
    fn area(&self) -> f64 {
        self.side * self.side + self.name as f64
    }
}
pub enum Tree {
    Leaf(u64),
    Node(Box<Tree>, u32),
}
#[inline(never)]
pub fn make_dyn(n: u64) -> Box<dyn Shape> {
    Box::new(Square { side: n as f64, name: 1 }) // makes collections::Square
}
#[inline(never)]
pub fn make_closure(n: u64, k: u64) -> Box<dyn Fn(u64) -> u64> {
    Box::new(move |x| x * n + k) // makes collections::make_closure
}
#[inline(never)]
pub fn make_cell(n: u64) -> Rc<RefCell<Item>> {
    Rc::new(RefCell::new(Item { key: n, weight: [0.0; 3] })) // makes alloc::rc::RcBox<core::cell::RefCell<collections::Item> >
}
#[inline(never)]
pub fn make_mutex(n: u64) -> Arc<Mutex<Item>> {
    Arc::new(Mutex::new(Item { key: n, weight: [0.0; 3] })) // makes alloc::sync::ArcInner<std::sync::mutex::Mutex<collections::Item> >
}
#[inline(never)]
pub fn rows(v: &mut Vec<Vec<Item>>) {
    v.push(Vec::with_capacity(4)); // makes collections::Item | alloc::vec::Vec<collections::Item
}
#[inline(never)]
pub fn leaf(n: u64) -> Box<Tree> {
    Box::new(Tree::Leaf(n)) // makes collections::Tree
}
#[inline(never)]
pub fn maybe(n: u64) -> Option<Box<Option<Item>>> {
    if n > 3 {
        return None;
    }
    Some(Box::new(Some(Item { key: n, weight: [1.0; 3] }))) // makes core::option::Option<collections::Item>
}
#[inline(never)]
pub fn zeroed(n: usize) -> Vec<u32> {
    vec![0u32; n] // makes u32
}
#[inline(never)]
pub fn ones(n: usize) -> Vec<u32> {
    vec![1u32; n] // makes u32
}
#[inline(never)]
pub fn given(n: u64) -> Vec<Item> {
    vec![Item { key: n, weight: [0.0; 3] }] // makes collections::Item
}
#[inline(never)]
pub fn collected(n: u64) -> Vec<Item> {
    (0..n).map(|k| Item { key: k, weight: [0.0; 3] }).collect() // makes collections::Item
}
#[inline(never)]
pub fn slice(v: Vec<Item>) -> Box<[Item]> {
    v.into_boxed_slice() // makes collections::Item
}
#[inline(never)]
pub fn named(m: &mut HashMap<String, Item>, k: String, n: u64) {
    m.insert(k, Item { key: n, weight: [0.0; 3] }); // makes (alloc::string::String, collections::Item)
}
#[inline(never)]
pub fn known(m: &mut HashSet<u64>, n: u64) {
    m.insert(n); // makes (u64, ())
}
#[inline(never)]
pub fn listed(l: &mut LinkedList<Item>, n: u64) {
    l.push_back(Item { key: n, weight: [0.0; 3] }); // makes alloc::collections::linked_list::Node<collections::Item>
}
#[inline(never)]
pub fn heaped(h: &mut BinaryHeap<u64>, n: u64) {
    h.push(n); // makes u64
}
#[inline(never)]
pub fn sorted(m: &mut BTreeMap<String, Vec<u64>>, k: &str) {
    m.entry(k.to_string()).or_default().push(1); // makes u8 | alloc::collections::btree::node:: | u64
}
#[inline(never)]
pub fn grow(s: &mut String, t: &str) {
    s.push_str(t); // makes u8
}
#[inline(never)]
pub fn append(v: &mut Vec<Item>, w: Vec<Item>) {
    v.extend(w); // makes collections::Item
}
#[inline(never)]
pub fn shapes(q: &mut VecDeque<Box<dyn Shape>>, n: u64) {
    q.push_back(make_dyn(n)); // makes alloc::boxed::Box<dyn collections::Shape
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
    let shape = make_dyn(2);
    let line = make_closure(2, 3);
    let (cell, mutex) = (make_cell(1), make_mutex(1));
    let mut table = Vec::new();
    rows(&mut table);
    let node = Tree::Node(leaf(3), 1);
    let mut numbers = zeroed(100);
    numbers.append(&mut ones(10));
    let boxed = slice(collected(10));
    let mut names = HashMap::new();
    named(&mut names, s, 2);
    let mut set = HashSet::new();
    known(&mut set, 3);
    let mut list = LinkedList::new();
    listed(&mut list, 2);
    let mut heap = BinaryHeap::new();
    heaped(&mut heap, 2);
    let mut lists = BTreeMap::new();
    sorted(&mut lists, "x");
    let mut string = String::new();
    grow(&mut string, "more");
    let mut items = collected(3);
    append(&mut items, collected(4));
    append(&mut items, given(4));
    let mut dynamic = VecDeque::new();
    shapes(&mut dynamic, 1);
    let counted = (make_rc_slice(&numbers), make_rc_items(collected(2)));
    println!("{} {}", counted.0.len() + counted.1.len(), make_rc_text("a").len() + make_arc_text("b").len());
    println!("{} {} {}", shape.area(), line(2), matches!(node, Tree::Leaf(_)));
    println!("{} {}", cell.borrow().key, mutex.lock().unwrap().key);
    println!("{} {}", maybe(2).is_some(), table.len() + numbers.len() + boxed.len());
    println!("{} {}", names.len() + set.len() + list.len(), heap.len() + lists.len());
    println!("{} {} {}", string, items.len(), dynamic.len());
}
