# Instructions of one refresh in each situation, from build/bench/chart.dat (bench.mjs), as SVG and PNG.
data = 'build/bench/chart.dat'
set datafile missing "?" # what was not measured
stats data skip 1 using 0 nooutput
programs = STATS_columns - 1
width = 1.0 / (programs + 1)
set title "One refresh, EC, TLS 1.2: million instructions (logarithmic)"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set logscale y
set xrange [-0.6:3.6]
set yrange [0.5:1000]
set grid ytics
set key top right horizontal
set border 3
set tics nomirror
array colour[5] = ["#9aa0a6", "#34a853", "#1a73e8", "#174ea6", "#ea8600"]
do for [kind in "svg png"] {
  if (kind eq "svg") { set terminal svg size 960,480 font "sans,12" background "white" }
  if (kind eq "png") { set terminal pngcairo size 960,480 font "sans,11" }
  set output 'build/bench/chart.'.kind
  plot for [i = 2:programs + 1] data using i:xtic(1) linecolor rgb colour[i - 1] title columnheader(i), \
    for [i = 2:programs + 1] data skip 1 using ($0 + (i - 2 - (programs - 1) / 2.0) * width):i:i \
      with labels offset 0,0.6 font ",9" notitle
}
