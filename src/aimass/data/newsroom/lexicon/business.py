"""How business and technology news is worded. The form is described in :mod:`aimass.data.newsroom.lexicon.table`."""

EVENTS = """
# acquisition business buyer:company target:company price:money
{buyer} [acquired] {target} for {price}{when}
{buyer}{when}以{price}[收购]{target}
{buyer} paid {price} to [take over] {target}{when}
{buyer}{when}出资{price}[接管]{target}
{target} was [bought] by {buyer} for {price}{when}
{target}{when}被{buyer}以{price}[买下]
the owners of {target} [sold] the company to {buyer} for {price}{when}
{target}的股东{when}以{price}把公司[卖给]{buyer}
~ {target} [changed hands] for {price}{when}, and the new owner was {buyer}
{target}{when}以{price}[易主]，新东家是{buyer}
~ {buyer} [snapped up] {target}{when} in a deal worth {price}
{buyer}{when}[拿下]{target}，交易价值{price}
? {buyer} plans to [acquire] {target} for {price}
{buyer}计划以{price}[收购]{target}
! {buyer} buys {target} for {price}
{buyer}{price}收购{target}
!~ {target} goes to {buyer}
{target}归入{buyer}

# appointment business person:executive company:employer post:post
{company} [appointed] {person} as {post}{when}
{company}{when}[任命]{person}为{post}
{person} was [named] {post} of {company}{when}
{person}{when}[出任]{company}{post}
the board of {company} [chose] {person} as its {post}{when}
{company}董事会{when}[选定]{person}担任{post}
{person} [took over] as {post} at {company}{when}
{person}{when}[接任]{company}{post}
~ {company} [handed] the job of {post} to {person}{when}
{company}{when}把{post}一职[交给]{person}
~ {person} [joined] {company} as its new {post}{when}
{person}{when}[加入]{company}，任新的{post}
? {company} will [appoint] {person} as {post}
{company}将[任命]{person}为{post}
! {person} becomes {post} of {company}
{person}出任{company}{post}
!~ {company} has a new {post}: {person}
{company}迎来新{post}{person}

# resignation business person:executive company:employer post:post
{person} [resigned] as {post} of {company}{when}
{person}{when}[辞去]{company}{post}职务
{person} [stepped down] from the post of {post} at {company}{when}
{person}{when}从{company}{post}任上[卸任]
{company} said that its {post}, {person}, had [left]{when}
{company}表示，{post}{person}{when}已经[离职]
the {post} of {company}, {person}, [quit]{when}
{company}{post}{person}{when}[辞职]
~ {company} [lost] its {post} {person}{when}
{company}{when}[失去]了{post}{person}
~ {person} [gave up] the office of {post} at {company}{when}
{person}{when}[放弃]了{company}{post}一职
? {person} is going to [resign] as {post} of {company}
{person}打算[辞去]{company}{post}职务
! {person} leaves {company}
{person}离开{company}
!~ {company}: {post} {person} goes
{company}{post}{person}离任

# layoffs business company:company count:count city:seat
{company} [cut] {count} jobs in {city}{when}
{company}{when}在{city}[裁减]{count}个岗位
{company} [laid off] {count} workers at its plant in {city}{when}
{company}{when}[解雇]{city}工厂的{count}名工人
{count} employees of {company} in {city} were [dismissed]{when}
{company}在{city}的{count}名员工{when}被[辞退]
the plant of {company} in {city} [shed] {count} staff{when}
{company}{city}工厂{when}[精简]{count}人
~ {count} people in {city} [lost their jobs] at {company}{when}
{city}{when}有{count}人在{company}[失业]
~ {company} [let go] of {count} people in {city}{when}
{company}{when}在{city}[遣散]{count}人
? {company} intends to [cut] {count} jobs in {city}
{company}打算在{city}[裁减]{count}个岗位
! {company} cuts {count} jobs
{company}裁减{count}个岗位
!~ {count} jobs go at {company} in {city}
{company}在{city}裁员{count}人

# strike business company:company city:seat span:days
workers of {company} in {city} [walked out] for {span}{when}
{company}在{city}的工人{when}[停工]{span}
the staff of {company} went on [strike] in {city} for {span}{when}
{company}的职工{when}在{city}[罢工]{span}
a [strike] stopped the work of {company} in {city} for {span}{when}
一场[罢工]{when}使{company}在{city}的生产中断{span}
{company} could not work in {city} for {span} because of a [strike]{when}
{company}{when}因[罢工]在{city}停产{span}
~ the union [downed tools] at {company} in {city} for {span}{when}
{company}在{city}的工会{when}[怠工]{span}
~ employees in {city} [refused to work] for {company} for {span}{when}
{city}的员工{when}[拒绝]为{company}上工{span}
? workers of {company} in {city} want to [strike] for {span}
{company}在{city}的工人想要[罢工]{span}
! strike at {company} in {city}
{company}{city}工厂罢工
!~ {company} workers walk out for {span}
{company}工人停工{span}

# launch technology company:company product:product price:money
{company} [launched] {product}{when} and invested {price}
{company}{when}[推出]{product}，投入{price}
{company} [presented] its new {product}{when}, which cost {price} to develop
{company}{when}[发布]新品{product}，研发耗资{price}
{product}, which {company} spent {price} on, [went on sale]{when}
{company}投入{price}研发的{product}{when}[上市]
customers of {company} saw {product} for the first time when it was [unveiled]{when} after an investment of {price}
经过{price}的投资，{company}{when}首次向顾客[展示]{product}
~ {company} [brought] {product} to market{when} at a cost of {price}
{company}{when}以{price}的投入将{product}[推向市场]
~ {product} [made its debut]{when}, and {company} had spent {price} on it
{product}{when}[亮相]，{company}为此花费{price}
? {company} will [launch] {product} at a cost of {price}
{company}将投入{price}[推出]{product}
! {company} launches {product}
{company}推出{product}
!~ {product} is here: {company} spends {price}
{product}上市，{company}投入{price}

# recall technology company:company product:product count:count
{company} [recalled] {count} units of {product}{when}
{company}{when}[召回]{count}台{product}
{company} [took back] {count} faulty units of {product}{when}
{company}{when}[收回]{count}台有缺陷的{product}
{count} units of {product} were [withdrawn] by {company}{when}
{count}台{product}{when}被{company}[撤回]
owners of {count} units of {product} were told by {company} to [return] them{when}
{company}{when}要求{count}名{product}用户[退回]产品
~ {company} [pulled] {count} units of {product} from the shelves{when}
{company}{when}将{count}台{product}[下架]
~ a fault [forced back] {count} units of {product} to {company}{when}
因为故障，{count}台{product}{when}[返厂]，厂家是{company}
? {company} is to [recall] {count} units of {product}
{company}将要[召回]{count}台{product}
! {company} recalls {product}
{company}召回{product}
!~ {product}: {count} units go back to {company}
{count}台{product}退回{company}

# breach technology company:company count:count span:days
hackers [stole] the data of {count} customers from {company}{when}, unseen for {span}
黑客{when}从{company}[窃取]{count}名客户的数据，{span}未被发现
{company} was [hacked]{when} and lost {count} records within {span}
{company}{when}遭到[入侵]，{span}内丢失{count}条记录
an [attack] on the computers of {company} exposed {count} accounts for {span}{when}
{company}的电脑{when}遭到[攻击]，{count}个账户暴露{span}
{company} admitted that {count} passwords had [leaked]{when} over {span}
{company}承认，{when}{count}个密码在{span}里[泄露]
~ intruders [broke into] the network of {company}{when}, copied {count} files and stayed for {span}
入侵者{when}[闯入]{company}的网络，复制{count}份文件，停留{span}
~ {company} [exposed] {count} users to thieves for {span}{when}
{company}{when}让{count}名用户[暴露]在窃贼面前{span}
? thieves threatened to [leak] the data of {count} customers of {company} within {span}
窃贼威胁要在{span}内[泄露]{company}{count}名客户的数据
! data theft at {company}
{company}数据被窃
!~ {count} customers of {company} exposed
{company}{count}名客户信息外泄
"""
