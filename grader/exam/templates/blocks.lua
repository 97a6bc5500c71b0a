-- A div `#block-7` of the input → the line ⟦block 7⟧ and its content, in whatever language is written.
function Div(div)
  local number = div.identifier:match("^block%-(%d+)$")
  if number then
    return { pandoc.RawBlock(FORMAT, "⟦block " .. number .. "⟧"), table.unpack(div.content) }
  end
end

-- Nothing is fetched: an image in Markdown is what it says. Drawings come from `figure:`.
function Image(image)
  return image.caption
end

-- On paper a short formula stays on one line: 28 × 28 is not parted.
function Math(formula)
  if FORMAT == "typst" and formula.mathtype == "InlineMath" and #formula.text < 24 then
    return { pandoc.RawInline("typst", "#box["), formula, pandoc.RawInline("typst", "]") }
  end
end
