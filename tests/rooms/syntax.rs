//! What the house rules want to know of a Rust file: its functions, names, paths and literals, with their lines. Its own
//! file because it knows no rule.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Block, File, Item, LitStr, UseTree,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Every token, those within brackets too.
pub(super) fn tokens(stream: TokenStream) -> Vec<TokenTree> {
    let mut found = Vec::new();
    for token in stream {
        if let TokenTree::Group(group) = &token {
            found.extend(tokens(group.stream()));
        }
        found.push(token);
    }
    found
}

pub(super) fn without_tests(mut file: File) -> File {
    file.items.retain(|item| !is_test(item));
    file
}

pub(super) fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::NameValue(_) => false,
    })
}

pub(super) fn line(spanned: &impl Spanned) -> usize {
    spanned.span().start().line
}

pub(super) fn lines(spanned: &impl Spanned) -> usize {
    spanned.span().end().line + 1 - line(spanned)
}

pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    /// From `fn` to the closing brace.
    pub(super) lines: usize,
    /// Between the braces.
    pub(super) body: usize,
    pub(super) is_command: bool,
}

#[derive(Default)]
pub(super) struct Functions {
    pub(super) found: Vec<Function>,
}

impl Functions {
    fn add(&mut self, attributes: &[Attribute], signature: &syn::Signature, block: &Block) {
        let first = line(&signature.fn_token);
        let is_command =
            |attribute: &Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "command");
        self.found.push(Function {
            name: signature.ident.to_string(),
            line: first,
            lines: block.span().end().line + 1 - first,
            body: lines(block).saturating_sub(2),
            is_command: attributes.iter().any(is_command),
        });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, it: &'ast syn::ItemFn) {
        self.add(&it.attrs, &it.sig, &it.block);
        visit::visit_item_fn(self, it);
    }

    fn visit_impl_item_fn(&mut self, it: &'ast syn::ImplItemFn) {
        self.add(&it.attrs, &it.sig, &it.block);
        visit::visit_impl_item_fn(self, it);
    }

    fn visit_trait_item_fn(&mut self, it: &'ast syn::TraitItemFn) {
        if let Some(block) = &it.default {
            self.add(&it.attrs, &it.sig, block);
        }
        visit::visit_trait_item_fn(self, it);
    }
}

#[derive(Default)]
pub(super) struct Names {
    pub(super) found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        let name = match item {
            Item::Struct(it) => Some(&it.ident),
            Item::Enum(it) => Some(&it.ident),
            Item::Union(it) => Some(&it.ident),
            Item::Trait(it) => Some(&it.ident),
            Item::Type(it) => Some(&it.ident),
            Item::Mod(it) => Some(&it.ident),
            _ => None,
        };
        self.found.extend(name.map(|name| (name.to_string(), line(name))));
        visit::visit_item(self, item);
    }
}

/// Every path and every import, written out.
#[derive(Default)]
pub(super) struct Paths {
    pub(super) found: Vec<(String, usize)>,
}

impl Paths {
    fn add_tree(&mut self, before: &str, tree: &UseTree) {
        match tree {
            UseTree::Path(it) => self.add_tree(&format!("{before}{}::", it.ident), &it.tree),
            UseTree::Group(it) => it.items.iter().for_each(|tree| self.add_tree(before, tree)),
            UseTree::Name(it) => self.found.push((format!("{before}{}", it.ident).replace("::self", ""), line(it))),
            UseTree::Rename(it) => self.found.push((format!("{before}{}", it.ident), line(it))),
            UseTree::Glob(it) => self.found.push((before.trim_end_matches(':').to_owned(), line(it))),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, it: &'ast syn::ItemUse) {
        self.add_tree("", &it.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.found.push((segments.join("::"), line(path)));
        visit::visit_path(self, path);
    }
}

/// Every string literal, inside macros too, but not in documentation.
#[derive(Default)]
pub(super) struct Literals {
    pub(super) found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        for token in tokens(it.tokens.clone()) {
            if let Ok(text) = syn::parse2::<LitStr>(token.into()) {
                self.visit_lit_str(&text);
            }
        }
    }

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.found.push((text.value(), line(text)));
    }
}
