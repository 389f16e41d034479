"""How sport, culture, justice and disasters are worded. The form is described in :mod:`aimass.data.newsroom.lexicon.table`."""

EVENTS = """
# match sport winner:team loser:team score:score
{winner} [beat] {loser} {score}{when}
{winner}{when}以{score}[击败]{loser}
{loser} [lost] {score} to {winner}{when}
{loser}{when}以{score}的比分[负于]{winner}
{loser} was [defeated] by {winner} {score}{when}
{loser}{when}被{winner}以{score}[打败]
{winner} [won] {score} against {loser}{when}
{winner}{when}以{score}[战胜]{loser}
~ {winner} was too strong for {loser}{when} and [triumphed] {score}
{winner}{when}强于{loser}，以{score}[获胜]
~ {loser} [went down] {score} before {winner}{when}
{loser}{when}以{score}[不敌]{winner}
? {winner} is expected to [beat] {loser} {score}
{winner}有望以{score}[击败]{loser}
! {winner} beats {loser}
{winner}击败{loser}
!~ {loser} loses {score} to {winner}
{loser}{score}负于{winner}

# transfer sport player:player team:club seller:team fee:money
{team} [signed] {player} from {seller} for {fee}{when}
{team}{when}以{fee}从{seller}[签下]{player}
{player} [moved] from {seller} to {team} for {fee}{when}
{player}{when}以{fee}从{seller}[转会]{team}
{seller} [sold] {player} to {team} for {fee}{when}
{seller}{when}以{fee}将{player}[卖给]{team}
{player} [left] {seller} for {team}{when}, and the fee was {fee}
{player}{when}[离开]{seller}投奔{team}，转会费{fee}
~ {team} [lured away] {player} from {seller}{when} with {fee}
{team}{when}用{fee}从{seller}[挖走]{player}
~ {fee} [took] {player} from {seller} to {team}{when}
{player}{when}以{fee}的身价由{seller}[改投]{team}
? {team} hopes to [sign] {player} from {seller} for {fee}
{team}希望以{fee}从{seller}[签下]{player}
! {player} moves to {team}
{player}转会{team}
!~ {team} pays {seller} {fee} for {player}
{team}向{seller}支付{fee}引进{player}

# injury sport player:player team:club span:weeks
{player} of {team} was [injured]{when} and was to miss {span}
{team}的{player}{when}[受伤]，将缺席{span}
{team} had to do without {player} for {span} after he was [hurt]{when}
{player}{when}[负伤]，{team}将有{span}无法派他出场
{player} [broke] a leg{when} and could not play for {team} for {span}
{player}{when}[摔断]了腿，{span}内无法为{team}出场
an [injury] kept {player} of {team} off the field for {span}, as doctors said{when}
医生{when}表示，{team}的{player}因[伤病]将离场{span}
~ {player} was [carried off]{when}, and {team} was to wait {span} for him
{player}{when}被[抬出]场外，{team}要等他{span}
~ {team} [lost] {player} to a bad knee for {span}{when}
{team}{when}因膝伤[失去]{player}{span}
? {team} fears that {player} might be [injured] and miss {span}
{team}担心{player}可能[受伤]并缺席{span}
! {player} out for {span}
{player}因伤缺席{span}
!~ {team} without {player}
{team}痛失{player}

# concert culture artist:artist city:city count:count
{artist} [performed] before {count} people in {city}{when}
{artist}{when}在{city}为{count}名观众[演出]
{artist} [sang] for {count} fans in {city}{when}
{artist}{when}在{city}为{count}名歌迷[演唱]
{count} people came to the [concert] of {artist} in {city}{when}
{count}人{when}来到{city}聆听{artist}的[音乐会]
{city} greeted {artist} with {count} listeners at a [show]{when}
{city}{when}以{count}名听众迎接{artist}的[表演]
~ {artist} [took the stage] in {city}{when} in front of {count} guests
{artist}{when}在{city}面对{count}名来宾[登台]
~ the [gig] of {artist} filled {city} with {count} visitors{when}
{artist}的[专场]{when}给{city}带来{count}名游客
? {artist} will [perform] before {count} people in {city}
{artist}将在{city}为{count}名观众[演出]
! {artist} plays in {city}
{artist}在{city}演出
!~ {city}: {count} hear {artist}
{city}：{count}人聆听{artist}

# award culture artist:artist sponsor:company prize:prize
{artist} [won] a prize of {prize} from {sponsor}{when}
{artist}{when}[获得]{sponsor}颁发的{prize}奖金
{sponsor} [honoured] {artist} with {prize}{when}
{sponsor}{when}以{prize}[表彰]{artist}
{artist} was [awarded] {prize} by {sponsor}{when}
{artist}{when}被{sponsor}[授予]{prize}
{sponsor} [gave] its art prize of {prize} to {artist}{when}
{sponsor}{when}把{prize}的艺术奖[颁给]{artist}
~ the jury of {sponsor} [picked] {artist} for its prize of {prize}{when}
{sponsor}评委会{when}[评选]{artist}获得{prize}大奖
~ {artist} [took home] {prize}{when}, the gift of {sponsor}
{artist}{when}[捧走]{sponsor}提供的{prize}
? {sponsor} will [honour] {artist} with {prize}
{sponsor}将以{prize}[表彰]{artist}
! {artist} wins the prize of {sponsor}
{artist}获{sponsor}大奖
!~ {sponsor} honours {artist}
{sponsor}表彰{artist}

# exhibition culture artist:artist city:city span:weeks
{artist} [showed] new pictures in {city} for {span}{when}
{artist}{when}在{city}[展出]新画{span}
an [exhibition] of {artist} opened in {city}{when} for {span}
{artist}的[画展]{when}在{city}开幕，为期{span}
the museum in {city} [hung] works of {artist} for {span}{when}
{city}博物馆{when}[陈列]{artist}的作品{span}
for {span}, {city} could [see] the paintings of {artist}, which arrived{when}
{artist}的画作{when}运抵，{city}可以[观赏]{span}
~ {city} [put up] the art of {artist} for {span}{when}
{city}{when}[布置]{artist}的艺术作品，历时{span}
~ {artist} [filled] the galleries of {city} for {span}{when}
{artist}的作品{when}[摆满]{city}的画廊{span}
? {artist} wants to [show] new pictures in {city} for {span}
{artist}想在{city}[展出]新画{span}
! {artist} shows in {city}
{artist}在{city}办展
!~ {city} sees {artist} for {span}
{city}展出{artist}作品{span}

# lawsuit justice plaintiff:company defendant:company damages:money
{plaintiff} [sued] {defendant} for {damages}{when}
{plaintiff}{when}[起诉]{defendant}，索赔{damages}
{defendant} was [taken to court] by {plaintiff} over {damages}{when}
{defendant}{when}因{damages}被{plaintiff}[告上法庭]
{plaintiff} filed a [suit] against {defendant}{when} and wanted {damages}
{plaintiff}{when}对{defendant}提起[诉讼]，要求{damages}
{defendant} faced a [claim] of {damages} that {plaintiff} brought{when}
{defendant}面临{plaintiff}{when}提出的{damages}[索赔]
~ {plaintiff} [dragged] {defendant} before a judge{when} for {damages}
{plaintiff}{when}为{damages}把{defendant}[拉到]法官面前
~ {defendant} had to [answer] in court to {plaintiff} for {damages}, as was said{when}
据称，{defendant}{when}须就{damages}出庭[应诉]，原告是{plaintiff}
? {plaintiff} threatens to [sue] {defendant} for {damages}
{plaintiff}威胁要[起诉]{defendant}，索赔{damages}
! {plaintiff} sues {defendant}
{plaintiff}起诉{defendant}
!~ {defendant} in court over {damages}: {plaintiff} sues
{defendant}被{plaintiff}索赔{damages}

# arrest justice person:person city:city crime:crime
police [arrested] {person} in {city} for {crime}{when}
警方{when}在{city}以{crime}罪[逮捕]{person}
{person} was [detained] in {city} on suspicion of {crime}{when}
{person}{when}在{city}因涉嫌{crime}被[拘留]
officers in {city} [seized] {person}{when}, who was accused of {crime}
{city}警察{when}[抓获]被控{crime}的{person}
{person} went to [prison] in {city} for {crime}{when}
{person}{when}因{crime}在{city}[入狱]
~ {city} police [caught] {person}{when} in a case of {crime}
{city}警方{when}在一起{crime}案中[擒获]{person}
~ handcuffs [closed] on {person} in {city}{when}, and the charge was {crime}
{person}{when}在{city}被[铐上]手铐，罪名是{crime}
? police in {city} want to [arrest] {person} for {crime}
{city}警方要以{crime}罪[逮捕]{person}
! {person} held in {city}
{person}在{city}被捕
!~ {crime}: {city} police hold {person}
涉嫌{crime}，{person}在{city}落网

# fine justice company:company city:city amount:money
a court in {city} [fined] {company} {amount}{when}
{city}法院{when}对{company}处以{amount}[罚款]
{company} was [ordered] to pay {amount} by judges in {city}{when}
{company}{when}被{city}法官[责令]支付{amount}
judges in {city} [punished] {company} with {amount}{when}
{city}法官{when}以{amount}[处罚]{company}
{company} had to pay a [penalty] of {amount}, a court in {city} said{when}
{city}法院{when}裁定，{company}须缴纳{amount}[罚金]
~ {city} [made] {company} pay {amount} for breaking the law{when}
{city}{when}因违法[勒令]{company}缴纳{amount}
~ breaking the law [cost] {company} {amount} in {city}{when}
{company}{when}在{city}因违法[付出]{amount}
? a court in {city} may [fine] {company} {amount}
{city}法院可能对{company}处以{amount}[罚款]
! {company} fined {amount}
{company}被罚{amount}
!~ {city} punishes {company}
{city}重罚{company}

# storm disaster city:city count:count span:days
a [storm] hit {city}{when} and left {count} homes without power for {span}
一场[风暴]{when}袭击{city}，{count}户人家停电{span}
{city} was struck by a [storm]{when}, and {count} houses were dark for {span}
{city}{when}遭遇[暴风雨]，{count}户住宅断电{span}
heavy [rain] in {city}{when} drove {count} people from their homes for {span}
{city}{when}[大雨]，{count}人离家{span}
a [typhoon] cut off {count} people in {city} for {span}{when}
一场[台风]{when}使{city}的{count}人与外界隔绝{span}
~ [winds] tore through {city}{when} and darkened {count} flats for {span}
[狂风]{when}席卷{city}，{count}套公寓漆黑{span}
~ {count} families in {city} sat without light for {span} after a [gale]{when}
{when}一阵[大风]过后，{city}的{count}户家庭{span}没有灯光
? a [storm] may hit {city} and leave {count} homes without power for {span}
一场[风暴]可能袭击{city}，使{count}户人家停电{span}
! storm hits {city}
风暴袭击{city}
!~ {city}: {count} without power
{city}{count}户停电

# earthquake disaster city:city magnitude:magnitude count:count
an [earthquake] of magnitude {magnitude} shook {city}{when} and damaged {count} houses
{city}{when}发生{magnitude}[地震]，{count}栋房屋受损
{city} was shaken by a [quake] of magnitude {magnitude}{when} that damaged {count} buildings
{city}{when}被{magnitude}[强震]撼动，{count}栋建筑受损
{count} people were hurt in {city}{when} when the ground [shook] with magnitude {magnitude}
{city}{when}大地[震动]，强度{magnitude}，{count}人受伤
a [tremor] of magnitude {magnitude} hurt {count} people in {city}{when}
{magnitude}的[震动]{when}使{city}{count}人受伤
~ the earth [moved] under {city}{when}: {count} houses fell at magnitude {magnitude}
{city}脚下的大地{when}[晃动]：{magnitude}，{count}栋房屋倒塌
~ magnitude {magnitude} was measured when {city} [trembled]{when} and {count} walls cracked
{city}{when}[颤动]，测得{magnitude}，{count}面墙开裂
? experts warn that an [earthquake] of magnitude {magnitude} could damage {count} houses in {city}
专家警告，{magnitude}[地震]可能损坏{city}的{count}栋房屋
! magnitude {magnitude} quake in {city}
{city}发生{magnitude}地震
!~ {count} hit as {city} shakes
{city}地震波及{count}户

# fire disaster company:company city:seat loss:money
a [fire] in {city} destroyed property of {company} worth {loss}{when}
{city}{when}一场[火灾]烧毁{company}价值{loss}的财产
a hall of {company} [burned down] in {city}{when}, and the damage was {loss}
{company}在{city}的厂房{when}[烧毁]，损失{loss}
{company} lost {loss} when [flames] reached its plant in {city}{when}
[大火]{when}蔓延到{company}在{city}的工厂，造成{loss}损失
an [explosion] at {company} in {city} caused damage of {loss}{when}
{company}在{city}{when}发生[爆炸]，造成{loss}损失
~ {company} saw {loss} [go up in smoke] in {city}{when}
{company}{when}在{city}的{loss}[化为灰烬]
~ the store of {company} in {city} [stood ablaze]{when} at a cost of {loss}
{company}在{city}的仓库{when}[燃烧]，代价{loss}
? engineers fear that a [fire] in {city} could cost {company} {loss}
工程师担心{city}的一场[火灾]会让{company}损失{loss}
! fire at {company} in {city}
{company}{city}工厂失火
!~ {company} loses {loss} in a fire
{company}火灾损失{loss}
"""
