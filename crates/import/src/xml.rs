//! XML, by the names of its elements without their namespaces.

use crate::text::Lines;
use roxmltree::{Document, Node, ParsingOptions};

/// The most nodes of a document: a year of quarter-hours has less.
const MAX_NODES: u32 = 10_000_000;

/// A document and its lines.
pub(crate) struct Xml<'a> {
    pub(crate) document: Document<'a>,
    lines: Lines<'a>,
}

impl<'a> Xml<'a> {
    /// Reads a text; none with a DTD, which neither format has.
    pub(crate) fn read(text: &'a str) -> Result<Self, (u64, String)> {
        let options =
            ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options)
            .map_err(|error| (error.pos().row.into(), format!("no well-formed XML: {error}")))?;
        Ok(Self { document, lines: Lines::of(text) })
    }

    /// The line on which a node begins, from 1.
    pub(crate) fn line(&self, node: Node<'_, '_>) -> u64 {
        self.lines.line(node.range().start)
    }
}

/// The children of a node with a name.
pub(crate) fn children<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The text of a node's child, by the names on the way to it.
pub(crate) fn text<'a>(node: Node<'a, '_>, path: &[&'static str]) -> Option<&'a str> {
    let end = path.iter().try_fold(node, |node, name| children(node, name).next())?;
    Some(end.text().unwrap_or_default().trim())
}
