func.func @cumulative_sum(%x: tensor<?x?x?x64xf32> {plait.name = "x"}, %out: tensor<?x?x?x64xf32> {plait.name = "o"},
                          %state: tensor<?x?x64xf32> {plait.name = "s"}) -> (tensor<?x?x?x64xf32> {plait.name = "y"}) {
  %y, %last = plait.scan add ins(%x : tensor<?x?x?x64xf32>) outs(%out, %state : tensor<?x?x?x64xf32>, tensor<?x?x64xf32>)
    -> tensor<?x?x?x64xf32>, tensor<?x?x64xf32>
  return %y : tensor<?x?x?x64xf32>
}
