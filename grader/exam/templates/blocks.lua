-- A div `#block-7` of the input → the line ⟦block 7⟧ and its content, in whatever language is written.
function Div(div)
  local number = div.identifier:match("^block%-(%d+)$")
  if number then
    return { pandoc.RawBlock(FORMAT, "⟦block " .. number .. "⟧"), table.unpack(div.content) }
  end
end
