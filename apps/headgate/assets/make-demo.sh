#!/bin/sh
# Makes demo.flv, the clip that `headgate` publishes in a loop: ./make-demo.sh [output]
# Needs ffmpeg 5.1 or later with libx264 and libfreetype, and the DejaVu fonts (Debian: ffmpeg fonts-dejavu-core).
#
# It loops without a seam because 12.8 s is a whole number of everything: 384 video frames (12 groups of 32), 600 AAC
# frames of 1024 samples, 4 chords of 8 notes, and whole turns of the waves and the gate. The sound is made three times
# in a row and the middle one kept, so that its first AAC frame overlaps with what its last one leaves behind.
set -eu

output=${1:-$(dirname "$0")/demo.flv}
period=12.8

# --- picture ----------------------------------------------------------------------------------------------------------
sky="color=0x0b1d33:size=640x360:rate=30,format=gbrp,trim=end_frame=1,
  geq=r='10+Y/30':g='24+Y/7':b='46+Y/4',loop=loop=-1:size=1,setpts=N/30/TB"

# A wave is one still picture, wider than the screen by its length, that is pushed along by whole lengths per period.
wave() { # length, height, colour, opacity
  echo "color=$3:size=$((640 + $1))x130:rate=30,format=yuva444p,trim=end_frame=1,
    geq=lum='p(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='255*$4*clip(Y-$2-$2*sin(2*PI*X/$1),0,1)',
    loop=loop=-1:size=1,setpts=N/30/TB"
}

gate="color=0x8fb8c9:size=84x120:rate=30,format=yuva444p,
  drawbox=y=20:w=84:h=3:color=0x4d7c8f:t=fill,drawbox=y=56:w=84:h=3:color=0x4d7c8f:t=fill,
  drawbox=y=92:w=84:h=3:color=0x4d7c8f:t=fill"
pillars="drawbox=x=482:y=120:w=14:h=240:color=0xd8e6ec:t=fill,drawbox=x=580:y=120:w=14:h=240:color=0xd8e6ec:t=fill,
  drawbox=x=474:y=108:w=128:h=14:color=0xd8e6ec:t=fill"

sans="font=DejaVu Sans:fontcolor=white"
mono="font=DejaVu Sans Mono:fontcolor=white"
# The clock has a blank for a sign in front. The bright dot moves on with each key frame.
text="drawtext=$sans:fontsize=68:borderw=1:bordercolor=white:x=44:y=52:text=Headgate,
  drawtext=$sans:fontsize=18:x=48:y=134:alpha=0.75:text='demo stream, H.264 and AAC',
  drawtext=$mono:fontsize=34:x=27:y=172:text='%{pts\:hms}',
  drawtext=$mono:fontsize=30:x=44:y=214:alpha=0.3:text='••••••••••••',
  drawtext=$mono:fontsize=30:x='44+18.06*mod(floor(n/32),12)':y=214:text='•'"

picture="$sky[sky]; $(wave 384 14 0x1b6f8f 0.85)[far]; $(wave 256 9 0x2fb5c0 0.80)[near]; $gate[gate];
  [sky][far]overlay=format=yuv444:x='-mod(n,384)':y=228:shortest=1[a];
  [a][gate]overlay=format=yuv444:x=496:y='186-44*cos(2*PI*n/384)':shortest=1,$pillars[b];
  [b][near]overlay=format=yuv444:x='mod(2*n,256)-256':y=262:shortest=1,format=yuv420p,$text,
  trim=end_frame=384[picture]"

# --- sound ------------------------------------------------------------------------------------------------------------
# C, A minor, F and G, 3.2 s each; a plucked note every 0.4 s goes up and down the chord over a soft pad.
# Registers: 0 time, 1 note, 2 chord, 3 step within the chord, 4 root in semitones, 5 third, 6 pitch, 7 time in the note.
score="st(0,mod(t,$period)); st(1,floor(ld(0)/0.4)); st(2,floor(ld(1)/8)); st(3,4-abs(mod(ld(1),8)-4));
  st(4,if(eq(ld(2),0),0,if(eq(ld(2),1),-3,if(eq(ld(2),2),-7,-5)))); st(5,if(eq(ld(2),1),3,4));
  st(6,if(eq(ld(3),0),0,if(eq(ld(3),1),7,if(eq(ld(3),2),12,if(eq(ld(3),3),12+ld(5),19))))); st(7,mod(ld(0),0.4));"
pluck="0.24*sin(2*PI*261.63*pow(2,(ld(4)+ld(6))/12)*ld(7))*min(1,ld(7)/0.006)*exp(-5*ld(7))*(1-pow(ld(7)/0.4,6))"
tone() { echo "sin(2*PI*130.81*pow(2,(ld(4)+$1)/12)*ld(0))"; }
pad="0.05*sin(PI*mod(ld(0),3.2)/3.2)*($(tone 0)+$(tone 7)+$(tone 12+'ld(5)'))"

sound="aevalsrc=exprs='$score $pluck+$pad':sample_rate=48000:duration=38.4,asplit[left][right];
  [left]aecho=0.8:0.6:310|730:0.35|0.2[l]; [right]aecho=0.8:0.6:470|910:0.35|0.2[r];
  [l][r]join=inputs=2:channel_layout=stereo,asetnsamples=1024[sound]"

# --- file -------------------------------------------------------------------------------------------------------------
# The encoder puts one frame of priming in front, so frames 601 to 1200 are the middle period. The
# second ffmpeg makes its input start at 0.
make_sound() {
  ffmpeg -hide_banner -loglevel warning -filter_complex "$sound" -map '[sound]' -c:a aac -b:a 80k -flags:a +bitexact \
    -bsf:a 'noise=drop=lt(n\,601)+gte(n\,1201)' -f nut -
}

make_sound | ffmpeg -hide_banner -loglevel warning -y -f nut -i - -filter_complex "$picture" \
  -map '[picture]' -map 0:a -c:a copy \
  -c:v libx264 -profile:v main -preset veryslow -crf 23 -bf 0 -g 32 -keyint_min 32 -sc_threshold 0 -threads 1 \
  -flags:v +bitexact -bsf:v filter_units=remove_types=6 -fflags +bitexact \
  -f flv -flvflags no_sequence_end+no_duration_filesize "$output"
