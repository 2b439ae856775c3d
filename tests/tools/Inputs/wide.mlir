func.func @wide(%q: tensor<?x?x?x300xf32> {plait.name = "q"}, %k: tensor<?x?x?x300xf32> {plait.name = "k"},
                %v: tensor<?x?x?x64xf32> {plait.name = "v"}) -> (tensor<?x?x?x64xf32> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x300xf32>, tensor<?x?x?x300xf32>, tensor<?x?x?x64xf32>)
    -> tensor<?x?x?x64xf32>
  return %o : tensor<?x?x?x64xf32>
}
