//! A Rust file as tokens: its functions and modules with their lines.
//!
//! Tokens rather than a syntax tree, because the functions inside `proptest! { … }` count like any other.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A function or an inline module, with the lines from its keyword to its closing brace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) keyword: &'static str,
    pub(crate) name: String,
    pub(crate) first_line: usize,
    pub(crate) last_line: usize,
}

/// `mod name;` with the folders of the inline modules around it, and the file `#[path]` gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ModuleFile {
    pub(crate) inline_folders: Vec<String>,
    pub(crate) name: String,
    pub(crate) path: Option<String>,
}

/// The tokens of a file. A file that does not lex is the compiler's business and reads as empty.
pub(crate) fn tokens(text: &str) -> Vec<TokenTree> {
    text.parse::<TokenStream>().map(|stream| stream.into_iter().collect()).unwrap_or_default()
}

/// Every `fn name … { }` and `mod name { }`, however deep, macros included.
pub(crate) fn blocks(tokens: &[TokenTree]) -> Vec<Block> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            found.extend(blocks(&inside(group)));
        }
        let keyword = match token {
            TokenTree::Ident(ident) if ident == "fn" => "fn",
            TokenTree::Ident(ident) if ident == "mod" => "mod",
            _ => continue,
        };
        let (Some(TokenTree::Ident(name)), Some(body)) = (tokens.get(at + 1), body_after(&tokens[at + 1..])) else {
            continue;
        };
        found.push(Block {
            keyword,
            name: name.to_string(),
            first_line: token.span().start().line,
            last_line: body.span_close().end().line,
        });
    }
    found
}

/// Every `mod name;`, those of inline modules included.
pub(crate) fn module_files(tokens: &[TokenTree]) -> Vec<ModuleFile> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let (true, Some(TokenTree::Ident(name))) = (is_ident(token, "mod"), tokens.get(at + 1)) else { continue };
        match tokens.get(at + 2) {
            Some(TokenTree::Punct(punct)) if punct.as_char() == ';' => found.push(ModuleFile {
                inline_folders: Vec::new(),
                name: name.to_string(),
                path: path_attribute(&tokens[..at]),
            }),
            Some(TokenTree::Group(group)) => {
                for mut module in module_files(&inside(group)) {
                    module.inline_folders.insert(0, name.to_string());
                    found.push(module);
                }
            }
            _ => {}
        }
    }
    found
}

fn is_ident(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// The first brace group before a semicolon.
fn body_after(tokens: &[TokenTree]) -> Option<Group> {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return Some(group.clone()),
            TokenTree::Punct(punct) if punct.as_char() == ';' => return None,
            _ => {}
        }
    }
    None
}

/// The text of a `#[path = "…"]` right before a `mod`, behind at most a visibility and other attributes.
fn path_attribute(before: &[TokenTree]) -> Option<String> {
    for token in before.iter().rev() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                let content = inside(group);
                if content.first().is_some_and(|first| is_ident(first, "path")) {
                    return content.last().map(|text| text.to_string().trim_matches('"').to_owned());
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {}
            TokenTree::Punct(punct) if punct.as_char() == '#' => {}
            TokenTree::Ident(ident) if ident == "pub" => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_in_impls_and_macros() {
        let text = "impl A {\n  fn one(&self)\n  where A: B,\n  {\n  }\n}\nproptest! {\n  fn two(a in 0..1) { }\n}\n";
        let found = blocks(&tokens(text));
        let seen: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.first_line, f.last_line)).collect();
        assert_eq!(seen, [("one", 2, 5), ("two", 8, 8)]);
    }

    #[test]
    fn a_function_pointer_and_a_trait_method_without_body_are_no_functions() {
        assert!(blocks(&tokens("type F = fn(u8) -> u8; trait T { fn f(); }")).is_empty());
    }

    #[test]
    fn module_files_carry_their_path_and_the_inline_modules_around_them() {
        let found = module_files(&tokens("#[path = \"x/y.rs\"] pub(crate) mod a; mod b { mod c; } mod d {}"));
        let seen: Vec<_> =
            found.iter().map(|m| (m.inline_folders.join("/"), m.name.as_str(), m.path.as_deref())).collect();
        assert_eq!(seen, [(String::new(), "a", Some("x/y.rs")), ("b".to_owned(), "c", None)]);
    }
}
